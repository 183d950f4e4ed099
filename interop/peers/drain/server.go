package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// server is a running peer_server.
type server struct {
	command *exec.Cmd
	said    *bufio.Reader
	port    int
}

// startServer starts it on that port of this machine, 0 for any.
func startServer(program, name string, port int, arguments []string) (*server, error) {
	arguments = append([]string{"--name", name, "--listen", "127.0.0.1:" + strconv.Itoa(port), "--reuse-port",
		"--grace", "20"}, arguments...)
	command := exec.Command(program, arguments...)
	command.Stderr = os.Stderr
	// It ends with this program, whatever becomes of it.
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	s := &server{command: command, said: bufio.NewReader(output)}
	line, err := s.said.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("%s did not start: %w", program, err)
	}
	if _, err := fmt.Sscanf(line, "listening on %d", &s.port); err != nil {
		return nil, fmt.Errorf("%s said %q: %w", program, line, err)
	}
	return s, nil
}

// stop sends SIGTERM and waits for the end; returns how many calls it has had and how many it has cancelled.
func (s *server) stop() (calls, cancelled int, err error) {
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, 0, err
	}
	rest, err := io.ReadAll(s.said)
	if err != nil {
		return 0, 0, err
	}
	if err := s.command.Wait(); err != nil {
		return 0, 0, err
	}
	line := strings.TrimSpace(string(rest))
	if _, err := fmt.Sscanf(line, "drained: %d calls, %d cancelled", &calls, &cancelled); err != nil {
		return 0, 0, fmt.Errorf("the server said %q: %w", line, err)
	}
	return calls, cancelled, nil
}
