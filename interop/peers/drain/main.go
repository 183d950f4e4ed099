// drain replaces one peer_server by another on the same port, under load, and counts the calls that this costs.
//
// The second server joins the first on its port (SO_REUSEPORT), the first is sent SIGTERM. Clients repeat only what
// HTTP/2 tells them was not processed (GOAWAY, REFUSED_STREAM) and, on HTTP/1.1, what is idempotent. A call is lost if its
// client gets no answer then; none may be, nor may a stream that was running, but see load.mayRace. What was answered
// was run once, and nothing else was run.
//
// usage: drain [-cert FILE -key FILE -ca FILE] PEER_SERVER
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"log"
	"os"
	"strconv"
	"sync"
	"time"
)

// Each kind of client has so many answers from each server, at least.
const answersEach = 300

var failed bool

// check prints the outcome of one check in the form that interop/run counts.
func check(name string, ok bool, format string, arguments ...any) {
	if ok {
		fmt.Println("ok", name)
		return
	}
	failed = true
	fmt.Printf("FAILED %s: %s\n", name, fmt.Sprintf(format, arguments...))
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("drain: ")
	cert := flag.String("cert", "", "the servers' certificate")
	key := flag.String("key", "", "and its key")
	ca := flag.String("ca", "", "what clients verify it with")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("usage: drain [-cert FILE -key FILE -ca FILE] PEER_SERVER")
	}

	var security *tls.Config
	var arguments []string
	if *cert != "" {
		pem, err := os.ReadFile(*ca)
		if err != nil {
			log.Fatal(err)
		}
		security = &tls.Config{RootCAs: x509.NewCertPool()}
		if !security.RootCAs.AppendCertsFromPEM(pem) {
			log.Fatalf("no certificate in %s", *ca)
		}
		arguments = []string{"--cert", *cert, "--key", *key}
	}
	if err := replace(flag.Arg(0), arguments, security); err != nil {
		log.Fatal(err)
	}
	if failed {
		os.Exit(1)
	}
}

func replace(program string, arguments []string, security *tls.Config) error {
	first, err := startServer(program, "first", 0, arguments)
	if err != nil {
		return err
	}
	t := target{"127.0.0.1:" + strconv.Itoa(first.port), security}

	var callers sync.WaitGroup
	stop := make(chan struct{})
	all := loads()
	for _, l := range all {
		if err := l.start(t, stop, &callers); err != nil {
			return err
		}
	}
	if err := waitForAnswers(all, "first"); err != nil {
		return err
	}
	running, results, err := startStreams(t)
	if err != nil {
		return err
	}

	second, err := startServer(program, "second", first.port, arguments)
	if err != nil {
		return err
	}
	began := time.Now()
	firstCalls, firstCancelled, err := first.stop()
	if err != nil {
		return fmt.Errorf("the first server: %w", err)
	}
	fmt.Printf("the first server has ended %d ms after SIGTERM\n", time.Since(began).Milliseconds())
	if err := waitForAnswers(all, "second"); err != nil {
		return err
	}
	close(stop)
	callers.Wait()
	secondCalls, secondCancelled, err := second.stop()
	if err != nil {
		return fmt.Errorf("the second server: %w", err)
	}

	answered, lost := reportLoads(all)
	broken := reportStreams(running, results)
	check("no call was cancelled", firstCancelled+secondCancelled == 0, "%d and %d", firstCancelled, secondCancelled)
	executed := int64(firstCalls + secondCalls)
	wanted := answered + int64(len(running)-broken)
	fmt.Printf("the servers have run %d calls; %d were answered\n", executed, wanted)
	check("each call was run once", executed >= wanted && executed <= wanted+int64(broken),
		"%d runs for %d answered calls, %d broken streams and %d calls without an answer", executed, wanted, broken, lost)
	return nil
}

func waitForAnswers(all []*load, server string) error {
	deadline := time.Now().Add(60 * time.Second)
	for _, l := range all {
		for l.answeredBy(server) < answersEach {
			if time.Now().After(deadline) {
				return fmt.Errorf("%s: %d answers from the %s server, %d lost calls: %v", l.name, l.answeredBy(server), server,
					l.lost.Load(), l.errors)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	return nil
}

// startStreams returns when each has its first message; results[i] will have what became of running[i].
func startStreams(t target) (running []stream, results []chan error, err error) {
	running, err = streams(t)
	if err != nil {
		return nil, nil, err
	}
	var begun sync.WaitGroup
	for _, s := range running {
		result := make(chan error, 1)
		results = append(results, result)
		begun.Add(1)
		go func() {
			var once sync.Once
			began := func() { once.Do(begun.Done) }
			ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
			defer cancel()
			result <- s.run(ctx, began)
			began()
		}()
	}
	begun.Wait()
	return running, results, nil
}

func reportLoads(all []*load) (answered, lost int64) {
	fmt.Printf("%-50s %9s %9s %9s %6s\n", "", "sent", "by first", "by second", "lost")
	for _, l := range all {
		first, second := l.answeredBy("first"), l.answeredBy("second")
		fmt.Printf("%-50s %9d %9d %9d %6d\n", l.name, l.sent.Load(), first, second, l.lost.Load())
		answered += first + second
		lost += l.lost.Load()
	}
	for _, l := range all {
		if l.mayRace {
			for _, err := range l.errors {
				fmt.Printf("%s: raced with the end of its connection: %v\n", l.name, err)
			}
			continue
		}
		check(l.name+" loses nothing", l.lost.Load() == 0, "%d of %d calls: %v", l.lost.Load(), l.sent.Load(), l.errors)
	}
	return answered, lost
}

func reportStreams(running []stream, results []chan error) (broken int) {
	problems := map[string][]error{}
	var names []string
	for i, s := range running {
		if _, known := problems[s.name]; !known {
			names = append(names, s.name)
			problems[s.name] = nil
		}
		if err := <-results[i]; err != nil {
			problems[s.name] = append(problems[s.name], err)
			broken++
		}
	}
	for _, name := range names {
		check(name+" goes on to its end", len(problems[name]) == 0, "%d of %d: %v", len(problems[name]), streamsOfAKind,
			problems[name])
	}
	return broken
}
