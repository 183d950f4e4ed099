// Runs in the browser: what drive.cjs asks of this page. Each function resolves to what the web page got to see, the
// failure included.
import { connectCaller, connectClient, greet } from "./connect_client.js";
import { grpcWebCaller, grpcWebClient, watchCount } from "./grpc_web_client.js";

function callerOf(kind, baseUrl, options) {
  return (kind.startsWith("grpc-web") ? grpcWebCaller : connectCaller)(kind, baseUrl, options);
}

async function outcome(caller, work) {
  try {
    return await work();
  } catch (error) {
    return { failed: caller.describe(error) };
  }
}

window.peer = {
  unary(kind, baseUrl, method, request, headers, options = {}) {
    const caller = callerOf(kind, baseUrl, options);
    return outcome(caller, () => caller[method](request, headers));
  },

  // With a gate, the server sends a number only when this page has seen the one before: a stream that is held back
  // anywhere on its way never ends.
  count(kind, baseUrl, request, headers) {
    const caller = callerOf(kind, baseUrl, {});
    const numbers = [];
    return outcome(caller, async () => {
      const seen = await caller.count(request, headers, async (number) => {
        numbers.push(number);
        if (request.gate && number < request.upTo) await caller.open({ gate: request.gate });
      });
      return { numbers, ...seen };
    }).then((result) => ({ numbers, ...result }));
  },

  // The code that docs/browsers.md shows.
  async greet(baseUrl) {
    const shown = [];
    await greet(connectClient(baseUrl), (...words) => shown.push(words.join(" ")));
    return shown;
  },

  watchCount(baseUrl) {
    return new Promise((resolve) => {
      const shown = [];
      watchCount(grpcWebClient("text"), baseUrl, (...words) => {
        shown.push(words.join(" "));
        if (!/^[0-9]+$/.test(shown.at(-1))) resolve(shown);
      });
    });
  },

  // A request by the browser's own means; `threw` is what a page gets to see of one that CORS forbids.
  async fetch(url, init) {
    try {
      const response = await fetch(url, init);
      return { status: response.status, body: await response.text(), headers: Object.fromEntries(response.headers) };
    } catch (error) {
      return { threw: error.name };
    }
  },
};
