// Opens each page named on the command line in a tab with cookies of its own, and prints as JSON
// what its player came to: {"state": "ended" | "refused", ...}.
import { chromium } from "playwright-core";

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  timeout: 300_000,
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required",
    "--host-resolver-rules=MAP *.localhost 127.0.0.1"],
});
try {
  const outcomes = [];
  for (const url of process.argv.slice(2)) {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    page.setDefaultTimeout(300_000);
    const said = [];
    page.on("console", (m) => said.push(m.text()));
    await page.goto(url);
    try {
      await page.waitForFunction("window.outcome");
      outcomes.push(await page.evaluate("window.outcome"));
    } catch (e) {
      outcomes.push({ state: "stuck", error: String(e), said });
    }
    await context.close();
  }
  console.log(JSON.stringify(outcomes));
} finally {
  await browser.close();
}
