// The runtime of nodejs functions: a client of the Lambda Runtime API, version 2018-06-01.
//
// It is run by the `node` of this machine. The handler is `file.function`, from a CommonJS or an ES module; it
// answers by a promise, by a callback or by what it returns. Lines of `console` carry time, request id and level.
import { existsSync } from "node:fs";
import http from "node:http";
import { format } from "node:util";
import { pathToFileURL } from "node:url";

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let requestId = "";

function call(method, path, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(`${api}${path}`, { method, headers, agent }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => resolve({ headers: answer.headers, body: Buffer.concat(parts).toString() }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

for (const [name, level] of Object.entries({ log: "INFO", info: "INFO", warn: "WARN", error: "ERROR", debug: "DEBUG" })) {
  console[name] = (...what) => {
    const said = format(...what).replaceAll("\n", "\r");
    process.stdout.write(`${new Date().toISOString()}\t${requestId}\t${level}\t${said}\n`);
  };
}

function described(error) {
  const isError = error instanceof Error;
  return {
    errorType: isError ? error.name : typeof error,
    errorMessage: isError ? error.message : String(error),
    trace: isError && error.stack ? error.stack.split("\n") : [],
  };
}

async function report(path, error) {
  const told = described(error);
  const headers = { "Lambda-Runtime-Function-Error-Type": told.errorType };
  await call("POST", path, JSON.stringify(told), headers);
  return told;
}

async function load() {
  const name = process.env._HANDLER;
  const dot = name.lastIndexOf(".");
  const [file, member] = [name.slice(0, dot), name.slice(dot + 1)];
  const base = `${process.env.LAMBDA_TASK_ROOT}/${file}`;
  const path = [".js", ".mjs", ".cjs"].map((end) => base + end).find(existsSync);
  if (path === undefined) {
    throw Object.assign(new Error(`Cannot find module '${file}'`), { name: "Runtime.ImportModuleError" });
  }
  const loaded = await import(pathToFileURL(path));
  const handler = loaded[member] ?? loaded.default?.[member];
  if (typeof handler !== "function") {
    throw Object.assign(new Error(`${name} is undefined or not exported`), { name: "Runtime.HandlerNotFound" });
  }
  return handler;
}

function contextOf(headers) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const environment = process.env;
  return {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName: environment.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: environment.AWS_LAMBDA_FUNCTION_VERSION,
    getRemainingTimeInMillis: () => deadline - Date.now(),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    logGroupName: environment.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: environment.AWS_LAMBDA_LOG_STREAM_NAME,
    memoryLimitInMB: environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  };
}

function run(handler, event, context) {
  return new Promise((resolve, reject) => {
    const callback = (error, answer) => (error ? reject(error) : resolve(answer));
    const returned = handler(event, context, callback);
    if (typeof returned?.then === "function") returned.then(resolve, reject);
    else if (handler.length < 3) resolve(returned);
  });
}

let handler;
try {
  handler = await load();
} catch (error) {
  console.error(JSON.stringify(await report("/init/error", error)));
  process.exit(1);
}
for (;;) {
  const next = await call("GET", "/invocation/next");
  requestId = next.headers["lambda-runtime-aws-request-id"];
  process.env._X_AMZN_TRACE_ID = next.headers["lambda-runtime-trace-id"];
  try {
    const answer = await run(handler, JSON.parse(next.body), contextOf(next.headers));
    await call("POST", `/invocation/${requestId}/response`, JSON.stringify(answer) ?? "null");
  } catch (error) {
    console.error("Invoke Error", JSON.stringify(described(error)));
    await report(`/invocation/${requestId}/error`, error);
  }
}
