// logcheck reads a log's tiles from a folder and holds two checkpoints and every leaf to them, by
// golang.org/x/mod/sumdb alone: note for signatures, tlog for hashes and proofs.
package main

import (
	"encoding/base64"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type folder struct {
	path string
	size int64
}

func (f folder) Height() int { return 8 }

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

// ReadTiles finds them where C2SP tlog-tiles has them: the same paths without the height.
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range tiles {
		name := strings.TrimPrefix(tile.Path(), "tile/8/")
		content, err := os.ReadFile(filepath.Join(f.path, "tile", name))
		if err != nil {
			return nil, err
		}
		found = append(found, content)
	}
	return found, nil
}

func checkpoint(file string, key string) tlog.Tree {
	content, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := note.NewVerifier(key)
	if err != nil {
		log.Fatal(err)
	}
	opened, err := note.Open(content, note.VerifierList(verifier))
	if err != nil {
		log.Fatalf("%s: %v", file, err)
	}
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		log.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil {
		log.Fatal(err)
	}
	var root tlog.Hash
	copy(root[:], raw)
	return tlog.Tree{N: size, Hash: root}
}

func main() {
	tiles, key := os.Args[1], os.Args[2]
	old, latest := checkpoint(os.Args[3], key), checkpoint(os.Args[4], key)
	reader := tlog.TileHashReader(latest, folder{tiles, latest.N})
	proof, err := tlog.ProveTree(latest.N, old.N, reader)
	if err != nil {
		log.Fatal(err)
	}
	if err := tlog.CheckTree(proof, latest.N, latest.Hash, old.N, old.Hash); err != nil {
		log.Fatal(err)
	}
	for index := int64(0); index < latest.N; index++ {
		hashes, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		if err != nil {
			log.Fatal(err)
		}
		proof, err := tlog.ProveRecord(latest.N, index, reader)
		if err != nil {
			log.Fatal(err)
		}
		if err := tlog.CheckRecord(proof, latest.N, latest.Hash, index, hashes[0]); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Printf("%d leaves go on from %d\n", latest.N, old.N)
}
