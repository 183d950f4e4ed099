// Calls PeerService by Google's grpc-web. Its protoc plugin, which Debian lacks, writes classes around what stands here:
// method descriptors with a pair of functions each, here those of protobuf-es.

// snippet: grpc-web
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { GrpcWebClientBase, MethodDescriptor, MethodType, StatusCode } from "grpc-web";
import { PeerService } from "./gen/peer_pb.js";

function descriptor(method) {
  return new MethodDescriptor(
    `/${PeerService.typeName}/${method.name}`,
    method.methodKind === "unary" ? MethodType.UNARY : MethodType.SERVER_STREAMING,
    Object,
    Object,
    (request) => toBinary(method.input, create(method.input, request)),
    (bytes) => fromBinary(method.output, bytes),
  );
}

// "text" is grpc-web's default (grpcwebtext) and what its server streams need; "binary" is its mode grpcweb.
export function grpcWebClient(format) {
  return new GrpcWebClientBase({ format });
}

export function watchCount(client, baseUrl, show) {
  const method = descriptor(PeerService.method.count);
  const call = client.serverStreaming(`${baseUrl}${method.name}`, { upTo: 3 }, {}, method);
  call.on("data", ({ number }) => show(number)); // each as it comes, where the format is "text"
  call.on("error", ({ code, message }) => show(code, message));
  call.on("status", ({ code }) => code === StatusCode.OK && show("end"));
}
// end snippet

import { StatusSchema } from "./gen/google/rpc/status_pb.js";
import { FaultSchema } from "./gen/peer_pb.js";

const bytesOfBase64 = (text) => Uint8Array.from(atob(text.replace(/=+$/, "")), (c) => c.charCodeAt(0));

// What page.js calls; connect_client.js has the same.
export function grpcWebCaller(kind, baseUrl, { credentials }) {
  const format = kind === "grpc-web-text" ? "text" : "binary";
  const client = new GrpcWebClientBase({ format, withCredentials: credentials });

  function unary(method, request, headers = {}) {
    return new Promise((resolve, reject) => {
      const seen = {};
      let response;
      const call = client.rpcCall(baseUrl + descriptor(method).name, request, headers, descriptor(method), (error, r) => {
        if (error) reject(error);
        else response = r;
      });
      call.on("metadata", (metadata) => {
        seen.header = metadata["x-peer-header"];
        seen.binaryHeader = metadata["x-peer-header-bin"];
      });
      call.on("status", (status) => {
        seen.trailer = status.metadata?.["x-peer-trailer"];
        seen.binaryTrailer = status.metadata?.["x-peer-trailer-bin"];
      });
      call.on("end", () => resolve({ text: response?.text, cookie: response?.cookie, ...seen }));
    });
  }

  return {
    say: (request, headers) => unary(PeerService.method.say, request, headers),
    look: (request, headers) => unary(PeerService.method.look, request, headers),
    open: (request) => unary(PeerService.method.open, request),
    count(request, headers, onNumber) {
      return new Promise((resolve, reject) => {
        const seen = {};
        const method = descriptor(PeerService.method.count);
        const call = client.serverStreaming(baseUrl + method.name, request, headers, method);
        call.on("data", ({ number }) => onNumber(number).catch(reject));
        call.on("metadata", (metadata) => (seen.header ??= metadata["x-peer-header"]));
        call.on("status", (status) => (seen.trailer = status.metadata?.["x-peer-trailer"]));
        call.on("error", reject);
        call.on("end", () => resolve(seen));
      });
    },
    describe({ code, message, metadata }) {
      const details = metadata?.["grpc-status-details-bin"];
      const status = details ? fromBinary(StatusSchema, bytesOfBase64(details)) : { details: [] };
      return {
        code,
        message,
        reasons: status.details.map((any) => fromBinary(FaultSchema, any.value).reason),
        trailer: metadata?.["x-peer-trailer"],
      };
    },
  };
}
