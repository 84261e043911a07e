// Holds a page against the rules of axe-core (WCAG 2.2 A and AA, and good practice) in the machine's Chromium.
// node axe.cjs PAGE light|dark WIDTH: prints the violations as JSON.
const { chromium } = require("playwright-core");
const { pathToFileURL } = require("node:url");

(async () => {
  const [page, scheme, width] = process.argv.slice(2);
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
  try {
    const context = await browser.newContext({ colorScheme: scheme, viewport: { width: Number(width), height: 900 } });
    const tab = await context.newPage();
    await tab.goto(pathToFileURL(page).href);
    // Tables that are folded away are part of the page.
    await tab.evaluate(() => document.querySelectorAll("details").forEach((own) => (own.open = true)));
    await tab.addScriptTag({ path: require.resolve("axe-core/axe.min.js") });
    const found = await tab.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    const wide = await tab.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    const violations = found.violations.map((own) => ({
      rule: own.id,
      help: own.help,
      where: own.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)),
      count: own.nodes.length,
    }));
    console.log(JSON.stringify({ violations, passes: found.passes.length, wide }));
  } finally {
    await browser.close();
  }
})().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
