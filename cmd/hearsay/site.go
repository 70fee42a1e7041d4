package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"hearsay/site"
)

func newSite() *cobra.Command {
	return group("site", "Build and serve the public site",
		"The site is a folder of files, made from an edition that the desk signed. It needs\nno key to be built, no script to be read and no server to be opened.\n"+exits,
		"hearsay site build desk/edition --out site && hearsay site serve site",
		newSiteBuild(), newSiteServe())
}

func newSiteBuild() *cobra.Command {
	var out string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "build EDITION",
		Short: "Build the public files from an edition",
		Long: `Build the public files from the folder of an edition, which a desk writes.

The same edition gives the same bytes anywhere, and they must be the ones that the
desk entered into its ledger. An earlier site is replaced in one step.
` + exits,
		Example: "  hearsay site build desk/edition --out site",
		Args:    exactly("the folder of an edition"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return misasked("say with --out where the site is to lie")
			}
			dieWithParent(cmd)
			began := time.Now()
			built, err := site.Build(cmd.Context(), args[0], out)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(struct {
					site.Built
					Seconds float64 `json:"seconds"`
				}{built, time.Since(began).Seconds()})
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: edition %d, %d files, %.2f s\n", out, built.Edition, built.Pages, time.Since(began).Seconds())
			return nil
		},
	}
	parentFlag(cmd)
	cmd.Flags().StringVar(&out, "out", "", "the folder of the site")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON document")
	return cmd
}

func newSiteServe() *cobra.Command {
	var listen string
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "serve DIR",
		Short:   "Serve a site's folder",
		Long:    "Serve a site's folder as it lies there, until interrupted. Nothing is logged of readers.\n" + exits,
		Example: "  hearsay site serve site --listen 127.0.0.1:8080",
		Args:    exactly("the folder of a site"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if info, err := os.Stat(args[0]); err != nil {
				return fmt.Errorf("serve the site: %w", err)
			} else if !info.IsDir() {
				return misasked("%s is not a folder", args[0])
			}
			listener, err := net.Listen("tcp", listen)
			if err != nil {
				return fmt.Errorf("serve the site: %w", err)
			}
			announce(cmd.OutOrStdout(), asJSON, "site", "http://"+listener.Addr().String()+"/")
			return serveSite(cmd.Context(), listener, args[0])
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "address and port to listen on")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the address as a JSON document")
	return cmd
}

// serveSite serves until ctx ends.
func serveSite(ctx context.Context, listener net.Listener, dir string) error {
	server := &http.Server{
		Handler:           site.Handler(dir),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          quiet,
	}
	done := make(chan error, 1)
	go func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		done <- server.Shutdown(grace)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the site: %w", err)
	}
	return <-done
}
