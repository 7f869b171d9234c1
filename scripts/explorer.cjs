// What scripts/explorer does in the browser: plays a login with a fault on the explorer page, and looks at what is shown.

const { spawn } = require("node:child_process");
const { readFileSync } = require("node:fs");
const { createInterface } = require("node:readline");
const { join } = require("node:path");

const modules = join(__dirname, "../target/explorer/node_modules");
const puppeteer = require(join(modules, "puppeteer-core"));
const axe = readFileSync(join(modules, "axe-core/axe.min.js"), "utf8");
const what = process.argv[2];

/** Starts the provider: where it is, and where its explorer page is. */
async function serve() {
  const quintain = spawn(process.env.QUINTAIN, ["serve", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "inherit"] });
  process.on("exit", () => quintain.kill());
  const urls = [];
  for await (const line of createInterface(quintain.stdout)) {
    urls.push(line.split(" ").at(-1));
    if (urls.length === 2) return urls;
  }
  throw new Error("the provider did not start");
}

async function appUrl(page) {
  await page.waitForSelector("#app-link[href]");
  await page.waitForSelector("#live.on");
  return page.$eval("#app-link", (link) => link.href);
}

async function logIn(tab, url) {
  await tab.goto(`${url}login`);
  const button = await tab.$("button.primary");
  if (button) await Promise.all([tab.waitForNavigation(), button.click()]);
}

/** A login with a fault that the client refuses, as a person plays it. */
async function play(page, tab) {
  const url = await appUrl(page);
  await page.type("#fault-search", "nonce");
  await page.click('[data-fault="id-token/other-nonce"][data-times="once"]');
  await page.waitForSelector("#armed li");
  await logIn(tab, url);
  await page.waitForFunction(() => document.querySelector("#gherkin").textContent.includes("refuses at the ID token step"));
  return url;
}

async function openToken(page) {
  await page.evaluate(() => {
    const withToken = [...document.querySelectorAll(".message.response")].find((row) => row.textContent.includes("id_token"));
    withToken.querySelector("summary").click();
  });
  await page.waitForSelector(".details .checks");
}

let violations = 0;

async function check(page, name) {
  await page.evaluate(axe);
  const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  console.log(`${name}: ${result.violations.length} violations, ${result.passes.length} rules hold`);
  for (const { id, help, nodes } of result.violations) {
    violations += 1;
    console.error(`  ${id}: ${help}`);
    for (const { html, failureSummary } of nodes.slice(0, 5)) console.error(`    ${html}\n    ${failureSummary}`);
  }
}

/** Everything that can be opened is looked at, too. */
async function checkAll(page, tab, [issuer, explorer]) {
  await page.setViewport({ width: 1400, height: 1000 });
  await page.goto(explorer);
  await appUrl(page);
  await check(page, "explorer, nothing yet");
  const url = await play(page, tab);
  await openToken(page);
  await page.$$eval("details", (all) => all.forEach((details) => { details.open = true; }));
  for (const [name, width, scheme] of [["light", 1400, "light"], ["dark", 1400, "dark"], ["phone", 400, "light"], ["dark phone", 400, "dark"]]) {
    await page.setViewport({ width, height: 900 });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await check(page, `explorer, ${name}`);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (overflow > 0) {
      violations += 1;
      console.error(`  ${name}: the page is ${overflow} px wider than its window`);
    }
  }
  await page.goto(issuer);
  await check(page, "home page");
  await page.goto(explorer);
  await (await page.createCDPSession()).send("Network.clearBrowserCookies");
  await page.goto(`${url}login`);
  await check(page, "login page");
}

async function takePictures(page, tab, [, explorer]) {
  const taken = async (name, options = {}) => {
    // What was said to a screen reader is not in the picture of the page as it is read later.
    await page.evaluate(() => { document.getElementById("said").textContent = ""; window.scrollTo(0, 0); });
    await page.screenshot({ path: join(process.env.FOLDER, name), ...options });
  };
  await page.setViewport({ width: 1280, height: 1440, deviceScaleFactor: 1 });
  await page.goto(explorer);
  await play(page, tab);
  await taken("explorer.png");
  await openToken(page);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
  await taken("explorer-dark.png");
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
  await page.click(".message.response details[open] > summary");
  await page.setViewport({ width: 400, height: 1100, deviceScaleFactor: 1 });
  const section = await page.$("#timeline-section");
  await section.screenshot({ path: join(process.env.FOLDER, "explorer-phone.png") });
}

(async () => {
  const urls = await serve();
  const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
  const [page, tab] = [await browser.newPage(), await browser.newPage()];
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    violations += 1;
    console.error(`  the console says: ${message.text()}`);
  });
  await (what === "axe" ? checkAll : takePictures)(page, tab, urls);
  await browser.close();
  process.exit(violations === 0 ? 0 : 1);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
