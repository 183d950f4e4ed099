//! Reads every field of a message and adds up what it finds, as bench/views/sums.h does in C++.

use std::collections::HashMap;

use crate::datasets as owned;
use crate::datasets::__buffa::view;
use crate::prost_datasets as prost;

pub trait Sum {
    fn sum(&self) -> u64;
}

macro_rules! integers {
    ($($type:ty),*) => {
        $(impl Sum for $type {
            #[inline(always)]
            fn sum(&self) -> u64 {
                i64::from(*self) as u64
            }
        })*
    };
}
integers!(i32, i64, u32, bool);

impl Sum for u64 {
    #[inline(always)]
    fn sum(&self) -> u64 {
        *self
    }
}
impl Sum for f32 {
    #[inline(always)]
    fn sum(&self) -> u64 {
        u64::from(self.to_bits())
    }
}
impl Sum for f64 {
    #[inline(always)]
    fn sum(&self) -> u64 {
        self.to_bits()
    }
}

macro_rules! texts {
    ($($type:ty),*) => {
        $(impl Sum for $type {
            #[inline(always)]
            fn sum(&self) -> u64 {
                self.len() as u64
            }
        })*
    };
}
texts!(String, &str, Vec<u8>, &[u8]);

impl<E: buffa::Enumeration> Sum for buffa::EnumValue<E> {
    #[inline(always)]
    fn sum(&self) -> u64 {
        self.to_i32().sum()
    }
}

/// 1 for what is optional and there.
impl<T: Sum> Sum for Option<T> {
    #[inline(always)]
    fn sum(&self) -> u64 {
        self.as_ref().map_or(0, |value| value.sum().wrapping_add(1))
    }
}
impl<T: Sum + Default, P: buffa::ProtoBox<T>> Sum for buffa::MessageField<T, P> {
    #[inline(always)]
    fn sum(&self) -> u64 {
        self.as_option()
            .map_or(0, |value| value.sum().wrapping_add(1))
    }
}
impl<V: Sum> Sum for buffa::MessageFieldView<V> {
    #[inline(always)]
    fn sum(&self) -> u64 {
        self.as_option()
            .map_or(0, |value| value.sum().wrapping_add(1))
    }
}

#[inline(always)]
fn sum_each<T: Sum>(values: &[T]) -> u64 {
    values
        .iter()
        .fold(0, |sum, value| sum.wrapping_add(value.sum()))
}
// Not of all `Vec`s: those of bytes have a sum of their own.
macro_rules! repeated {
    ($($type:ty),*) => {
        $(impl Sum for Vec<$type> {
            #[inline(always)]
            fn sum(&self) -> u64 {
                sum_each(self)
            }
        })*
    };
}
repeated!(i32, i64, u32, u64, f32, f64, String, Vec<u8>);
repeated!(
    owned::analytics_event::Property,
    owned::analytics_event::Nested,
    owned::packed_tile::Cell
);
repeated!(
    owned::tri_mesh::Face,
    prost::tri_mesh::Face,
    prost::packed_tile::Cell
);
repeated!(
    prost::analytics_event::Property,
    prost::analytics_event::Nested
);

impl<T: Sum> Sum for buffa::RepeatedView<'_, T> {
    #[inline(always)]
    fn sum(&self) -> u64 {
        sum_each(self)
    }
}
impl<K: Sum, V: Sum, S> Sum for HashMap<K, V, S> {
    #[inline(always)]
    fn sum(&self) -> u64 {
        self.iter().fold(0, |sum, (key, value)| {
            sum.wrapping_add(key.sum()).wrapping_add(value.sum())
        })
    }
}
impl<K: Sum, V: Sum> Sum for buffa::MapView<'_, K, V> {
    #[inline(always)]
    fn sum(&self) -> u64 {
        self.into_iter().fold(0, |sum, (key, value)| {
            sum.wrapping_add(key.sum()).wrapping_add(value.sum())
        })
    }
}

macro_rules! oneof {
    ($($type:ty),*) => {
        $(impl Sum for $type {
            #[inline(always)]
            fn sum(&self) -> u64 {
                match self {
                    Self::StringValue(value) => value.sum(),
                    Self::IntValue(value) => value.sum(),
                    Self::DoubleValue(value) => value.sum(),
                    Self::BoolValue(value) => value.sum(),
                }
            }
        })*
    };
}
oneof!(
    owned::__buffa::oneof::analytics_event::property::Value,
    view::oneof::analytics_event::property::Value<'_>,
    prost::analytics_event::property::Value
);

macro_rules! fields {
    ($type:ty, $($field:ident)*) => {
        impl Sum for $type {
            #[inline]
            fn sum(&self) -> u64 {
                0u64$(.wrapping_add(self.$field.sum()))*
            }
        }
    };
}
macro_rules! message {
    ([$owned:ty, $view:ty, $prost:ty], $($field:ident)*) => {
        fields!($owned, $($field)*);
        fields!($view, $($field)*);
        fields!($prost, $($field)*);
    };
}
message!([owned::ApiResponse, view::ApiResponseView<'_>, prost::ApiResponse],
    request_id status_code message latency_ms cached trace_id retry_after_ms tags);
message!([owned::LogRecord, view::LogRecordView<'_>, prost::LogRecord],
    timestamp_nanos service_name instance_id severity message labels trace_id span_id source);
message!([owned::log_record::Context, view::log_record::ContextView<'_>, prost::log_record::Context],
    file line function);
message!([owned::AnalyticsEvent, view::AnalyticsEventView<'_>, prost::AnalyticsEvent],
    event_id timestamp user_id properties sections);
message!([owned::analytics_event::Property, view::analytics_event::PropertyView<'_>,
          prost::analytics_event::Property], key value);
message!([owned::analytics_event::Nested, view::analytics_event::NestedView<'_>,
          prost::analytics_event::Nested], name attributes children);
message!([owned::MediaFrame, view::MediaFrameView<'_>, prost::MediaFrame],
    frame_id timestamp_nanos content_type body chunks attachments);
message!([owned::PackedTile, view::PackedTileView<'_>, prost::PackedTile], cells checksums);
message!([owned::packed_tile::Cell, view::packed_tile::CellView<'_>, prost::packed_tile::Cell],
    id geometry samples positions);
message!([owned::PackedSigned, view::PackedSignedView<'_>, prost::PackedSigned], deltas wide_deltas);
message!([owned::TriMesh, view::TriMeshView<'_>, prost::TriMesh], faces);
message!([owned::tri_mesh::Face, view::tri_mesh::FaceView<'_>, prost::tri_mesh::Face], a b c n);
message!([owned::tri_mesh::Vertex, view::tri_mesh::VertexView<'_>, prost::tri_mesh::Vertex], px py pz);
message!([owned::ColumnBatch, view::ColumnBatchView<'_>, prost::ColumnBatch],
    symbol_dict symbol_ids timestamps values weights);
message!([owned::GoogleMessage1, view::GoogleMessage1View<'_>, prost::GoogleMessage1],
    field1 field2 field3 field4 field5 field6 field7 field9 field12 field13 field14 field15 field16 field17 field18
    field22 field23 field24 field25 field29 field30 field59 field60 field67 field68 field78 field80 field81 field100
    field101 field102 field103 field104 field128 field129 field130 field131 field150 field271 field272 field280);
message!([owned::google_message1::SubMessage, view::google_message1::SubMessageView<'_>,
          prost::google_message1::SubMessage],
    field1 field2 field3 field12 field13 field14 field15 field16 field19 field20 field21 field22 field23 field28
    field203 field204 field205 field206 field207 field300);
