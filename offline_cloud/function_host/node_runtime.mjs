// The runtime of nodejs functions: a client of the Lambda Runtime API, version 2018-06-01.
//
// It is run by the `node` of this machine. The handler is `file.function`, from a CommonJS or an ES module, and
// answers by a promise. Before Node.js 24 it may call back instead; what it returns without a promise is lost
// there, as on AWS: the answer is null once nothing is left to do.
//
// Source: Lambda developer guide, "Define Lambda function handler in Node.js" and "Log and monitor Node.js".
import { existsSync, readFileSync, writeSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { format } from "node:util";
import { pathToFileURL } from "node:url";

const environment = process.env;
const api = `http://${environment.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const require = createRequire(import.meta.url);
const modern = Number(/nodejs(\d+)/.exec(environment.AWS_EXECUTION_ENV ?? "")?.[1] ?? 0) >= 24;
const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
const METHODS = { trace: "TRACE", debug: "DEBUG", log: "INFO", info: "INFO", warn: "WARN", error: "ERROR", fatal: "FATAL" };
let requestId;

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

// ---------------------------------------------------------------------------------------------- the log

function write(text) {
  // A frame, as AWS's own runtime clients write it: one event, however many lines it has.
  const message = Buffer.from(`${text}\n`);
  const head = Buffer.alloc(16);
  head.writeUInt32BE(0xa55a0001, 0);
  head.writeUInt32BE(message.length, 4);
  head.writeBigUInt64BE(BigInt(Date.now()) * 1000n, 8);
  const frame = Buffer.concat([head, message]);
  for (let at = 0; at < frame.length; ) {
    try {
      at += writeSync(1, frame, at);
    } catch (error) {
      if (error.code !== "EAGAIN") return;
    }
  }
}

function asJson(level, what) {
  const line = { timestamp: new Date().toISOString(), level, requestId };
  const told = (error) => ({ errorType: error.constructor?.name, errorMessage: error.message, stackTrace: lines(error) });
  if (what.length === 1) {
    try {
      return JSON.stringify({ ...line, message: what[0] }, (_, value) => (value instanceof Error ? told(value) : value));
    } catch {
      return JSON.stringify({ ...line, message: format(what[0]) });
    }
  }
  const error = what.find((each) => each instanceof Error);
  return JSON.stringify({ ...line, message: format(...what), ...(error && told(error)) });
}

function patchConsole() {
  const json = environment.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === "JSON";
  const least = LEVELS.indexOf(environment.AWS_LAMBDA_LOG_LEVEL?.toUpperCase());
  for (const [name, level] of Object.entries(METHODS)) {
    console[name] = (...what) => {
      if (json && LEVELS.indexOf(level) < least) return;
      write(json ? asJson(level, what) : `${new Date().toISOString()}\t${requestId}\t${level}\t${format(...what)}`);
    };
  }
}

// ---------------------------------------------------------------------------------------------- errors

function lines(error) {
  return typeof error.stack === "string" ? error.stack.split("\n") : [];
}

function failure(name, message) {
  const error = new Error(message);
  error.name = name;
  error.stack = error.stack.replace(/^Error/, name);
  return error;
}

/** What the caller sees. */
function described(error) {
  return error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: lines(error) }
    : { errorType: typeof error, errorMessage: String(error), trace: [] };
}

/** What the log of text shows. */
function formatted(error) {
  const own = error instanceof Error;
  const shown = own ? { errorType: error.name, errorMessage: error.message, code: error.code, ...error } : error;
  if (own) delete shown.name;
  return `\t${JSON.stringify(own ? { ...shown, stack: lines(error) } : shown, (_, each) =>
    each instanceof Error ? { ...described(each) } : each,
  )}`;
}

function log(what, error) {
  const json = environment.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === "JSON";
  console.error(what, json ? error : formatted(error));
}

async function report(error) {
  const told = described(error);
  const headers = { "Lambda-Runtime-Function-Error-Type": told.errorType };
  const path = requestId === undefined ? "/init/error" : `/invocation/${requestId}/error`;
  await call("POST", path, JSON.stringify(told), headers);
}

async function giveUp(what, error, status) {
  log(what, error);
  await report(error);
  process.exit(status);
}

process.on("uncaughtException", (error) => giveUp("Uncaught Exception", error, 129));
process.on("unhandledRejection", (reason, promise) => {
  const error = failure("Runtime.UnhandledPromiseRejection", String(reason));
  giveUp("Unhandled Promise Rejection", Object.assign(error, { reason, promise }), 128);
});

// ---------------------------------------------------------------------------------------------- the handler

function isModule(path) {
  if (!path.endsWith(".js")) return path.endsWith(".mjs");
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const about = join(folder, "package.json");
    if (existsSync(about)) return JSON.parse(readFileSync(about, "utf8")).type === "module";
    if (folder === dirname(folder)) return false;
  }
}

async function loaded(folder, file) {
  const base = join(environment.LAMBDA_TASK_ROOT, folder, file);
  const path = [".js", ".mjs", ".cjs"].map((end) => base + end).find(existsSync);
  try {
    if (path === undefined) return require(require.resolve(file, { paths: [dirname(base)] }));
    return await (isModule(path) ? import(pathToFileURL(path)) : require(path));
  } catch (error) {
    if (error instanceof SyntaxError) throw failure("Runtime.UserCodeSyntaxError", String(error));
    if (error?.code === "MODULE_NOT_FOUND") throw failure("Runtime.ImportModuleError", String(error));
    throw error;
  }
}

async function load() {
  const name = environment._HANDLER;
  const [, file, member] = /^([^.]*)\.(.*)$/.exec(basename(name)) ?? [];
  if (name.includes("..") || file === undefined) throw failure("Runtime.MalformedHandlerName", "Bad handler");
  const found = await loaded(name.slice(0, -basename(name).length), file);
  const inside = (from) => member.split(".").reduce((value, each) => value?.[each], from);
  const handler = inside(found) ?? inside(found.default);
  if (handler === undefined) throw failure("Runtime.HandlerNotFound", `${name} is undefined or not exported`);
  if (typeof handler !== "function") throw failure("Runtime.HandlerNotFound", `${name} is not a function`);
  if (modern && handler.length >= 3) {
    throw failure(
      "Runtime.CallbackHandlerDeprecated",
      "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need " +
        "to modify this function to use a supported handler signature to use Node.js 24 or later. For more information " +
        "see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.",
    );
  }
  return handler;
}

function contextOf(headers) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const client = headers["lambda-runtime-client-context"];
  return {
    awsRequestId: requestId,
    functionName: environment.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: environment.AWS_LAMBDA_FUNCTION_VERSION,
    getRemainingTimeInMillis: () => deadline - Date.now(),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    logGroupName: environment.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: environment.AWS_LAMBDA_LOG_STREAM_NAME,
    memoryLimitInMB: environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    ...(client && { clientContext: JSON.parse(client) }),
  };
}

/** The handler's answer. What it leaves to do is waited for only where it called back, or never answers. */
function run(handler, event, context) {
  return new Promise((resolve, reject) => {
    let answer = null;
    const finish = () => resolve(answer);
    const settle = (how) => (value) => {
      process.off("beforeExit", finish);
      how(value);
    };
    process.once("beforeExit", finish);
    if (modern) {
      Promise.resolve(handler(event, context)).then(settle(resolve), settle(reject));
      return;
    }
    const done = (error, result) => {
      if (error !== undefined && error !== null) settle(reject)(error);
      else if (context.callbackWaitsForEmptyEventLoop) answer = result;
      else settle(resolve)(result);
    };
    context.callbackWaitsForEmptyEventLoop = true;
    Object.assign(context, { done, succeed: (result) => done(null, result), fail: done });
    const returned = handler(event, context, done);
    if (typeof returned?.then === "function") returned.then(settle(resolve), settle(reject));
  });
}

function serialised(answer) {
  try {
    return JSON.stringify(answer) ?? "null";
  } catch {
    throw new Error("Unable to stringify response body");
  }
}

patchConsole();
const handler = await load().catch((error) => giveUp(modern ? "Init Error" : "Uncaught Exception", error, 129));
for (;;) {
  const next = await call("GET", "/invocation/next");
  requestId = next.headers["lambda-runtime-aws-request-id"];
  environment._X_AMZN_TRACE_ID = next.headers["lambda-runtime-trace-id"];
  try {
    const answer = await run(handler, JSON.parse(next.body), contextOf(next.headers));
    await call("POST", `/invocation/${requestId}/response`, serialised(answer));
  } catch (error) {
    log("Invoke Error", error);
    await report(error);
  }
}
