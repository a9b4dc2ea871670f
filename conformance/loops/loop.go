// The suite without its runner: replace load by your loader. Run in the top folder of the repository.
package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
)

// Whether your loader accepts these bytes. This one looks at the first two.
func load(data []byte) bool { return bytes.HasPrefix(data, []byte("PK")) }

func main() {
	table, _ := os.ReadFile("conformance/flat/torch-2.15.0.tsv") // the columns that are used: file, expect, needs
	asked, wrong := 0, 0
	for _, line := range strings.Split(strings.TrimSpace(string(table)), "\n")[1:] {
		row := strings.Split(line, "\t")
		if row[1] == "" || row[3] == "either" || strings.Contains(row[4], "options") {
			continue
		}
		data, _ := os.ReadFile(row[1])
		asked++
		if load(data) != (row[3] == "accept") {
			wrong++
		}
	}
	fmt.Printf("%d cases, %d wrong verdicts\n", asked, wrong)
}
