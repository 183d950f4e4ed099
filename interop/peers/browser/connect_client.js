// Calls PeerService by connect-web: in the Connect protocol, or in gRPC-Web.

// snippet: connect-web
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { FaultSchema, PeerService } from "./gen/peer_pb.js";

export function connectClient(baseUrl) {
  // useHttpGet: methods with NO_SIDE_EFFECTS are called by GET, without preflight, and may be cached.
  return createClient(PeerService, createConnectTransport({ baseUrl, useHttpGet: true }));
}

export async function greet(client, show) {
  try {
    const response = await client.say({ text: "Hello" });
    show(response.text);
    for await (const { number } of client.count({ upTo: 3 })) show(number); // each as it comes
    await client.say({ text: "name must not be empty", failWith: Code.InvalidArgument });
  } catch (error) {
    const { code, rawMessage } = ConnectError.from(error);
    show(Code[code], rawMessage);
    for (const fault of ConnectError.from(error).findDetails(FaultSchema)) show(fault.reason);
  }
}
// end snippet

// The transports under test, by name.
const transports = {
  "connect-json": (options) => createConnectTransport({ ...options, useHttpGet: true }),
  "connect-proto": (options) => createConnectTransport({ ...options, useHttpGet: true, useBinaryFormat: true }),
  "connect-web-grpc-web": createGrpcWebTransport,
};

// What page.js calls; grpc_web_client.js has the same.
export function connectCaller(kind, baseUrl, { credentials }) {
  const options = { baseUrl };
  if (credentials) options.fetch = (input, init) => fetch(input, { ...init, credentials: "include" });
  const client = createClient(PeerService, transports[kind](options));

  async function unary(method, request, headers) {
    const seen = {};
    const response = await method(request, {
      headers,
      onHeader: (header) => {
        seen.header = header.get("x-peer-header");
        seen.binaryHeader = header.get("x-peer-header-bin");
      },
      onTrailer: (trailer) => {
        seen.trailer = trailer.get("x-peer-trailer");
        seen.binaryTrailer = trailer.get("x-peer-trailer-bin");
      },
    });
    return { text: response.text, cookie: response.cookie, ...seen };
  }

  return {
    say: (request, headers) => unary(client.say, request, headers),
    look: (request, headers) => unary(client.look, request, headers),
    open: (request) => client.open(request),
    async count(request, headers, onNumber) {
      const seen = {};
      const call = client.count(request, {
        headers,
        onHeader: (header) => (seen.header = header.get("x-peer-header")),
        onTrailer: (trailer) => (seen.trailer = trailer.get("x-peer-trailer")),
      });
      for await (const { number } of call) await onNumber(number);
      return seen;
    },
    describe(error) {
      const { code, rawMessage, metadata } = ConnectError.from(error);
      return {
        code,
        message: rawMessage,
        reasons: ConnectError.from(error).findDetails(FaultSchema).map((fault) => fault.reason),
        trailer: metadata.get("x-peer-trailer"),
      };
    },
  };
}
