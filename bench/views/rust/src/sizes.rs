//! Decodes and encodes a message of each type of a large schema, in the forms that the features `owned` and `view` say:
//! what that makes this program larger by is the code of the messages.

include!(concat!(env!("OUT_DIR"), "/large/_large.rs"));

#[cfg(feature = "owned")]
fn owned<M: buffa::Message>(bytes: &[u8]) {
    if let Ok(message) = M::decode_from_slice(bytes) {
        std::hint::black_box(message.encode_to_vec());
    }
}

#[cfg(feature = "view")]
fn view<'a, V: buffa::MessageView<'a> + buffa::ViewEncode<'a>>(bytes: &'a [u8]) {
    if let Ok(message) = V::decode_view(bytes) {
        std::hint::black_box(message.encode_to_vec());
    }
}

macro_rules! messages {
    ($($name:ident)*) => {
        fn main() {
            let bytes: &'static [u8] = std::fs::read("/dev/null").unwrap_or_default().leak();
            let _ = bytes;
            $(
                #[cfg(feature = "owned")]
                owned::<large::$name>(bytes);
                #[cfg(feature = "view")]
                view::<<large::$name as buffa::HasMessageView>::View<'static>>(bytes);
            )*
        }
    };
}
include!(env!("LARGE_NAMES"));
