// The suite without its runner: replace `Load` by your loader. Run in the top folder of the repository.
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>

// Whether your loader accepts these bytes. This one looks at the first two.
bool Load(const std::string& data) { return data.rfind("PK", 0) == 0; }

int main() {
  std::ifstream table("conformance/flat/torch-2.15.0.tsv");
  std::string line, id, file, sha256, expect, needs;
  std::getline(table, line);  // the names of the columns
  int asked = 0, wrong = 0;
  while (std::getline(table, line)) {
    std::istringstream row(line);
    for (std::string* cell : {&id, &file, &sha256, &expect, &needs}) std::getline(row, *cell, '\t');
    if (file.empty() || expect == "either" || needs.find("options") != std::string::npos) continue;
    std::ifstream in(file, std::ios::binary);
    const std::string data{std::istreambuf_iterator<char>(in), {}};
    ++asked;
    if (Load(data) != (expect == "accept")) ++wrong;
  }
  std::cout << asked << " cases, " << wrong << " wrong verdicts\n";
}
