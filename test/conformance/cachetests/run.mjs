// Runs the public HTTP cache tests (npm http-cache-tests) against a server and prints what they
// found, one JSON object a line: node run.mjs SUITE-FOLDER BASE-URL [TEST-ID...]
// Host names below .localhost are taken for this machine, as browsers do.
import dns from 'node:dns'
import http from 'node:http'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const [, , root, base, ...ids] = process.argv
const load = name => import(pathToFileURL(path.join(root, name)).href)
const suite = name => load(path.join('node_modules/http-cache-tests', name))

const { default: fetch } = await load('node_modules/node-fetch/lib/index.mjs')
const { default: suites } = await suite('tests/index.mjs')
const { default: surrogate } = await suite('tests/surrogate-control.mjs')
const { runTests, getResults } = await suite('client/runner.mjs')

const agent = new http.Agent({
  lookup: (host, options, done) => dns.lookup(host.endsWith('.localhost') ? '127.0.0.1' : host, options, done)
})
const chosen = [...suites, surrogate].map(s => ({ ...s, tests: s.tests.filter(t => ids.length === 0 || ids.includes(t.id)) }))
await runTests(chosen, (url, init) => fetch(url, { ...init, agent }), false, base)

const results = getResults()
for (const s of chosen) {
  for (const t of s.tests.filter(t => t.id in results)) {
    console.log(JSON.stringify({
      id: t.id, suite: s.name, kind: t.kind ?? 'required', needs: t.depends_on ?? [], passed: results[t.id] === true, why: String(results[t.id][1] ?? '')
    }))
  }
}
