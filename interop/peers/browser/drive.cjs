// Opens a page in headless Chromium and has it call peer_server, which is of another origin. Prints a line for each
// check: `ok NAME`, or `FAILED NAME: ` and why.
//
// usage: drive.cjs --server PEER_SERVER --site FOLDER --chromium PROGRAM --cert FILE --key FILE
const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const readline = require("node:readline");
const { parseArgs } = require("node:util");
const { chromium } = require("playwright-core");

const flag = { type: "string" };
const { values: flags } = parseArgs({ options: { server: flag, site: flag, chromium: flag, cert: flag, key: flag } });

const service = "/connectrpc.peers.v1.PeerService/";
const invalidArgument = 3;
const patienceMs = 30_000; // against hangs only
const kinds = ["connect-json", "connect-proto", "connect-web-grpc-web", "grpc-web-binary", "grpc-web-text"];
const children = [];
let failed = 0;

async function check(name, work) {
  let timer;
  const watchdog = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${patienceMs} ms`)), patienceMs);
  });
  try {
    await Promise.race([work(), watchdog]);
    console.log(`ok ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED ${name}: ${String(error.message).replace(/\s+/g, " ")}`);
  } finally {
    clearTimeout(timer);
  }
}

// Starts a peer_server; resolves to its port.
async function startServer(...args) {
  const child = spawn(flags.server, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  for await (const line of readline.createInterface({ input: child.stdout })) {
    const match = /^listening on (\d+)$/.exec(line);
    if (match) return Number(match[1]);
  }
  throw new Error("peer_server did not start");
}

// Serves the page; resolves to its port.
function startSite() {
  const types = { ".html": "text/html", ".js": "text/javascript" };
  const site = http.createServer((request, response) => {
    const name = request.url === "/" ? "index.html" : path.basename(request.url);
    const file = path.join(flags.site, name);
    if (!fs.existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": types[path.extname(name)] ?? "text/plain" });
    fs.createReadStream(file).pipe(response);
  });
  return new Promise((resolve) => site.listen(0, () => resolve([site, site.address().port])));
}

// A page of that origin, with a record of what the browser has sent.
async function open(context, origin) {
  const page = await context.newPage();
  const network = [];
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  session.on("Network.requestWillBeSent", ({ requestId, request }) => {
    network.push({ requestId, method: request.method, url: request.url });
  });
  session.on("Network.responseReceived", ({ requestId, response }) => {
    const sent = network.find((request) => request.requestId === requestId);
    if (sent) sent.protocol = response.protocol;
  });
  await page.goto(origin);
  await page.waitForFunction(() => window.peer !== undefined);
  const peer = new Proxy({}, {
    get: (_, name) => (...args) => page.evaluate(([n, a]) => window.peer[n](...a), [name, args]),
  });
  return { page, peer, network };
}

const preflights = (network, rpc) =>
  network.filter(({ method, url }) => method === "OPTIONS" && url.includes(service + rpc)).length;
const calls = (network, rpc) =>
  network.filter(({ method, url }) => method !== "OPTIONS" && url.includes(service + rpc));

// All that one kind of client does, at one address, in a browser profile of its own: no preflight has been answered yet.
async function checkClient(browser, origin, kind, url, protocol, transport) {
  const name = (what) => `${transport}, ${kind}: ${what}`;
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const { peer, network } = await open(context, origin);
  const headers = { "x-peer-echo": "abc", "x-peer-echo-bin": "AAEC/w" };
  const unpadded = (text) => text?.replace(/=+$/, "");

  await check(name("unary call, after a preflight"), async () => {
    const answer = await peer.unary(kind, url, "say", { text: "Grüße" }, {});
    assert.equal(answer.failed, undefined, JSON.stringify(answer));
    assert.equal(answer.text, "Grüße");
    assert.equal(preflights(network, "Say"), 1);
  });
  await check(name("headers and trailers of the handler can be read"), async () => {
    const answer = await peer.unary(kind, url, "say", { text: "a" }, headers);
    assert.equal(answer.failed, undefined, JSON.stringify(answer));
    assert.equal(answer.header, "abc");
    assert.equal(answer.trailer, "abc");
    assert.equal(unpadded(answer.binaryHeader), "AAEC/w");
    assert.equal(unpadded(answer.binaryTrailer), "AAEC/w");
  });
  await check(name("the browser keeps the preflight's answer"), async () => {
    const before = preflights(network, "Say");
    await peer.unary(kind, url, "say", { text: "a" }, headers);
    assert.equal(preflights(network, "Say"), before);
  });
  await check(name("method without side effects"), async () => {
    const answer = await peer.unary(kind, url, "look", { text: "seen" }, {});
    assert.equal(answer.text, "seen", JSON.stringify(answer));
    const get = kind === "connect-json" || kind === "connect-proto";
    assert.deepEqual(calls(network, "Look").map(({ method }) => method), [get ? "GET" : "POST"]);
    assert.equal(preflights(network, "Look"), get ? 0 : 1);
  });
  await check(name("an error with its detail"), async () => {
    const { failed } = await peer.unary(kind, url, "say", { text: "not so: ü", failWith: invalidArgument }, headers);
    assert.deepEqual(failed, { code: invalidArgument, message: "not so: ü", reasons: ["as asked"], trailer: "abc" });
  });
  await check(name("a server stream, one message after the other"), async () => {
    // Google's client reads streams one by one only in its text mode.
    const gate = kind === "grpc-web-binary" ? "" : `${transport} ${kind}`;
    const answer = await peer.count(kind, url, { upTo: 4, gate }, headers);
    assert.deepEqual(answer, { numbers: [1, 2, 3, 4], header: "abc", trailer: "abc" });
  });
  await check(name("a server stream that fails"), async () => {
    const { numbers, failed } = await peer.count(kind, url, { upTo: 2, failWith: invalidArgument }, headers);
    assert.deepEqual(numbers, [1, 2]);
    assert.deepEqual(failed, { code: invalidArgument, message: "counted", reasons: ["as asked"], trailer: "abc" });
  });
  await check(name(`all of it on ${protocol}`), async () => {
    const unheard = () => calls(network, "").some((call) => call.protocol === undefined);
    for (let i = 0; i < 100 && unheard(); i++) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual([...new Set(calls(network, "").map((call) => call.protocol))], [protocol]);
  });
  await context.close();
}

// A page of an origin that is not on the list.
async function checkStranger(context, stranger, url, friend) {
  const { page, peer, network } = await open(context, stranger);
  let asked = 0;
  for (const kind of kinds) {
    await check(`a page of another origin, ${kind}: refused`, async () => {
      const answer = await peer.unary(kind, url, "say", { text: "a" }, {});
      assert.notEqual(answer.failed, undefined, JSON.stringify(answer));
      assert.equal(preflights(network, "Say"), ++asked);
      assert.deepEqual(calls(network, "Say").filter((call) => call.protocol !== undefined), []);
    });
  }
  const simple = { method: "POST", body: "{}", headers: { "content-type": "text/plain" } };
  await check("a page of another origin: cannot read what it gets by GET", async () => {
    const query = `?connect=v1&encoding=json&message=${encodeURIComponent("{}")}`;
    assert.deepEqual(await peer.fetch(`${url}${service}Look${query}`), { threw: "TypeError" });
  });
  await check("a request that needs no preflight reaches no handler", async () => {
    assert.deepEqual(await peer.fetch(`${url}${service}Say`, simple), { threw: "TypeError" });
    const answer = await friend.fetch(`${url}${service}Say`, simple);
    assert.equal(answer.status, 415, JSON.stringify(answer));
  });
  await page.close();
}

async function checkCredentials(context, origin, without) {
  const port = await startServer("--cors-origin", origin, "--cors-credentials");
  const url = `http://127.0.0.1:${port}`;
  await context.addCookies([{ name: "session", value: "s3cret", url }]);
  const { page, peer } = await open(context, origin);
  for (const kind of kinds) {
    await check(`${kind}: cookies come with a call that asks for them, where the server allows it`, async () => {
      const answer = await peer.unary(kind, url, "say", { text: "a" }, {}, { credentials: true });
      assert.equal(answer.cookie, "session=s3cret", JSON.stringify(answer));
    });
    await check(`${kind}: no cookie comes with a call that does not`, async () => {
      const answer = await peer.unary(kind, url, "say", { text: "a" }, {});
      assert.deepEqual([answer.text, answer.cookie], ["a", ""], JSON.stringify(answer));
    });
    await check(`${kind}: a server that does not allow them is not answered`, async () => {
      const answer = await peer.unary(kind, without, "say", { text: "a" }, {}, { credentials: true });
      assert.notEqual(answer.failed, undefined, JSON.stringify(answer));
    });
  }
  await page.close();
}

async function main() {
  const [site, sitePort] = await startSite();
  const origin = `http://127.0.0.1:${sitePort}`;
  const stranger = `http://localhost:${sitePort}`;
  const cors = ["--cors-origin", origin, "--cors-header", "x-peer-echo", "--cors-header", "x-peer-echo-bin"];
  const clear = `http://127.0.0.1:${await startServer(...cors)}`;
  const tlsPort = await startServer(...cors, "--cert", flags.cert, "--key", flags.key);
  const tls = `https://127.0.0.1:${tlsPort}`;

  const browser = await chromium.launch({ executablePath: flags.chromium, args: ["--no-sandbox"] });
  try {
    for (const kind of kinds) await checkClient(browser, origin, kind, clear, "http/1.1", "in clear");
    for (const kind of kinds) await checkClient(browser, origin, kind, tls, "h2", "TLS");
    const context = await browser.newContext();
    const friend = await open(context, origin);
    await check("connect-web as documented", async () => {
      const shown = await friend.peer.greet(clear);
      assert.deepEqual(shown, ["Hello", "1", "2", "3", "InvalidArgument name must not be empty", "as asked"]);
    });
    await check("grpc-web as documented", async () => {
      assert.deepEqual(await friend.peer.watchCount(clear), ["1", "2", "3", "end"]);
    });
    await checkStranger(context, stranger, clear, friend.peer);
    await checkCredentials(context, origin, clear);
  } finally {
    await browser.close();
    site.close();
  }
}

main()
  .catch((error) => {
    console.error(error);
    failed++;
  })
  .finally(() => {
    for (const child of children) child.kill();
    process.exitCode = failed === 0 ? 0 : 1;
  });
