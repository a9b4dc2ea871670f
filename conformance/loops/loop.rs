// The suite without its runner: replace `load` by your loader. Run in the top folder of the repository.
use std::fs;

// Whether your loader accepts these bytes. This one looks at the first two.
fn load(data: &[u8]) -> bool {
    data.starts_with(b"PK")
}

fn main() {
    let table = fs::read_to_string("conformance/flat/torch-2.15.0.tsv").expect("the table"); // file, expect, needs
    let (mut asked, mut wrong) = (0, 0);
    for line in table.lines().skip(1) {
        let row: Vec<&str> = line.split('\t').collect();
        if row[1].is_empty() || row[3] == "either" || row[4].contains("options") {
            continue;
        }
        asked += 1;
        let data = fs::read(row[1]).expect("a file of the suite");
        wrong += (load(&data) != (row[3] == "accept")) as u32;
    }
    println!("{asked} cases, {wrong} wrong verdicts");
}
