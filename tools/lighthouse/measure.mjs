// Measure pages with Lighthouse, one browser for all: reads {addresses, categories, chromium, slowdown, believes, skipped} in JSON, writes a line each.
import { readFileSync } from "node:fs";
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const { addresses, categories, chromium, slowdown, believes, skipped } = JSON.parse(readFileSync(0, "utf8"));
const chrome = await launch({
  chromePath: chromium,
  chromeFlags: [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--no-proxy-server",
    // The authority of the web server under test is known to nobody else.
    "--ignore-certificate-errors", `--ignore-certificate-errors-spki-list=${believes}`,
  ],
});
const throttling = { rttMs: 150, throughputKbps: 1638.4, requestLatencyMs: 562.5, downloadThroughputKbps: 1474.56,
  uploadThroughputKbps: 675, cpuSlowdownMultiplier: slowdown };
try {
  for (const address of addresses) {
    const load = () => lighthouse(address, {
      port: chrome.port, logLevel: "error", output: "json", formFactor: "mobile", throttling, locale: "fr",
      onlyCategories: categories, onlyAudits: ["total-byte-weight", "network-requests"], skipAudits: skipped,
    });
    let { lhr } = await load();
    // A browser that a busy machine kept waiting shows a page of its own: that page is not ours to judge.
    for (let more = 0; lhr.runtimeError && more < 2; more++) ({ lhr } = await load());
    const lacks = {};
    for (const [name, category] of Object.entries(lhr.categories)) {
      lacks[name] = category.auditRefs
        .filter((ref) => ref.weight > 0 && lhr.audits[ref.id].score !== null && lhr.audits[ref.id].score < 1)
        .map((ref) => {
          const { id, title, displayValue, explanation, details } = lhr.audits[ref.id];
          const nodes = (details?.items ?? []).slice(0, 3).map((item) => item.node?.snippet ?? item.url ?? item.message ?? "").filter(Boolean);
          return [id, title, displayValue, explanation, ...nodes].filter(Boolean).join(" ; ");
        });
    }
    console.log(JSON.stringify({
      address,
      error: lhr.runtimeError?.message ?? "",
      scores: Object.fromEntries(Object.entries(lhr.categories).map(([name, one]) => [name, Math.round((one.score ?? 0) * 100)])),
      lacks,
      bytes: Math.round(lhr.audits["total-byte-weight"]?.numericValue ?? 0),
      requests: lhr.audits["network-requests"]?.details?.items?.length ?? 0,
    }));
  }
} finally {
  await chrome.kill();
}
