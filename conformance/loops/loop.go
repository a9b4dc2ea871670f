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

func read(path string) []byte {
	data, err := os.ReadFile(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, path, "is not there: run this in the top folder of the repository")
		os.Exit(1)
	}
	return data
}

func main() {
	table := strings.TrimSpace(string(read("conformance/flat/torch-2.15.0.tsv"))) // file, expect, needs are columns 1, 3, 4
	asked, wrong := 0, 0
	for _, line := range strings.Split(table, "\n")[1:] {
		row := strings.Split(line, "\t")
		if row[1] == "" || row[3] == "either" || strings.Contains(row[4], "options") {
			continue
		}
		asked++
		if load(read(row[1])) != (row[3] == "accept") {
			wrong++
		}
	}
	fmt.Printf("%d cases, %d wrong verdicts\n", asked, wrong)
}
