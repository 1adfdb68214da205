#!/usr/bin/env node
// Signs a CloudFront URL or cookies with a private key. Needs Node 18.3 or newer, and nothing else.
// Usage: sign.mjs url|cookies --url URL --key FILE --key-id ID --expires SECONDS
//                 [--resource PATTERN] [--starts SECONDS] [--ip CIDR] [--hash SHA1|SHA256]
import { sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

// The policy byte for byte: no white space, members in this order.
function policy(resource, { expires, starts, ip }) {
  const condition = { DateLessThan: { "AWS:EpochTime": Number(expires) } };
  if (starts) condition.DateGreaterThan = { "AWS:EpochTime": Number(starts) };
  if (ip) condition.IpAddress = { "AWS:SourceIp": ip };
  return JSON.stringify({ Statement: [{ Resource: resource, Condition: condition }] });
}

// CloudFront's Base64: - _ ~ in place of + = /.
function encode(data) {
  const letters = { "+": "-", "=": "_", "/": "~" };
  return Buffer.from(data).toString("base64").replace(/[+=/]/g, (c) => letters[c]);
}

// Expires or Policy, Signature, Key-Pair-Id and, unless SHA-1, Hash-Algorithm.
function signingParameters(o) {
  const text = policy(o.resource ?? o.url, o);
  const canned = !o.resource && !o.starts && !o.ip;
  const parameters = canned ? { Expires: o.expires } : { Policy: encode(text) };
  parameters.Signature = encode(sign(o.hash, Buffer.from(text), readFileSync(o.key))); // RSA: PKCS#1 v1.5; ECDSA: DER
  parameters["Key-Pair-Id"] = o["key-id"];
  if (o.hash !== "SHA1") parameters["Hash-Algorithm"] = o.hash;
  return Object.entries(parameters);
}

// Refuses what CloudFront would: a wrong option, a date that is no Unix time in seconds,
// a URL that is not percent-encoded.
function check({ kind, ...o }) {
  const known = { kind: /^(url|cookies)$/, key: /./, expires: /^\d{1,10}$/, starts: /^\d{1,10}$/, hash: /^SHA(1|256)$/ };
  for (const [name, value] of Object.entries({ kind, ...o })) {
    if (!(known[name] ?? /^[!#-[\]-~]+$/).test(value)) throw new Error(`bad ${name}: ${value}`);
  }
  for (const name of ["kind", "url", "key", "key-id", "expires"]) {
    if (!{ kind, ...o }[name]) throw new Error(`${name} is missing`);
  }
}

const names = ["url", "key", "key-id", "expires", "resource", "starts", "ip", "hash"];
const options = Object.fromEntries(names.map((name) => [name, { type: "string" }]));
const { values, positionals } = parseArgs({ options, allowPositionals: true });
const o = { hash: "SHA1", kind: positionals[0], ...values };
check(o);
const pairs = signingParameters(o).map(([name, value]) => `${name}=${value}`);
if (o.kind === "url") {
  console.log(o.url + (o.url.includes("?") ? "&" : "?") + pairs.join("&"));
} else {
  console.log("Cookie: " + pairs.map((pair) => "CloudFront-" + pair).join("; "));
}
