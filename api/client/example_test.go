package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/melissiproject/hive/api/client"
)

// Store a file only if there is none yet, and read it back.
func ExampleFiles_Put() {
	ctx := context.Background()
	c, err := client.New("https://hive.example.org", client.Options{Token: os.Getenv("HIVE_TOKEN")})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	file, err := os.Open("holiday.jpg")
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	opts := client.PutOptions{Parents: true, Condition: client.Condition{IfNoneMatch: "*"}}
	entry, _, err := c.Files.Put(ctx, "/photos/holiday.jpg", file, opts)
	if errors.Is(err, client.ErrPrecondition) {
		log.Fatal("it is there already")
	}
	if err != nil {
		log.Fatal(err)
	}
	content, err := c.Files.Open(ctx, entry.Path, client.OpenOptions{Range: "bytes=0-99"})
	if err != nil {
		log.Fatal(err)
	}
	defer content.Close()
	if _, err := io.Copy(os.Stdout, content); err != nil {
		log.Fatal(err)
	}
}

// Follow what happens in a hive, from now on and over lost connections.
func ExampleHistory_Watch() {
	ctx := context.Background()
	c, err := client.New("https://hive.example.org", client.Options{User: "alice", Password: os.Getenv("HIVE_PASSWORD")})
	if err != nil {
		log.Fatal(err)
	}
	for change, err := range c.History.Watch(ctx, 0) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(change.Seq, change.Kind, change.Path)
	}
}
