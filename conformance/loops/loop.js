// The suite without its runner: replace `load` by your loader. Run in the top folder of the repository.
const fs = require("fs");

// Whether your loader accepts these bytes. This one looks at the first two.
const load = (data) => data.length > 1 && data[0] === 0x50 && data[1] === 0x4b;

let asked = 0, wrong = 0;
for (const row of JSON.parse(fs.readFileSync("conformance/suite.json", "utf8")).cases) {
  if (row.file === null || "options" in row || row.expect.startsWith("either")) continue;
  asked++;
  if (load(fs.readFileSync(row.file)) !== (row.expect === "accept")) wrong++;
}
console.log(`${asked} cases, ${wrong} wrong verdicts`);
