// Command weigh prints the figures of docs/weigh.md from a folder of
// truth-inference sets.
package main

import (
	"context"
	"fmt"
	"os"

	"hearsay/weigh"
)

func main() {
	if len(os.Args) != 2 && !(len(os.Args) == 3 && (os.Args[1] == "--peers" || os.Args[1] == "collusion" || os.Args[1] == "choices")) && !(len(os.Args) >= 3 && os.Args[1] == "rows") {
		fmt.Fprintln(os.Stderr, "usage: weigh FOLDER | worlds | independent | cuts | live | speed | collusion FOLDER | choices FOLDER | --peers FOLDER | rows HEARSAY [FLAG...]")
		os.Exit(2)
	}
	switch ctx, err := context.Background(), error(nil); os.Args[1] {
	case "worlds":
		models := []weigh.Model{weigh.Majority{}, weigh.OneCoin{}, weigh.DawidSkene{}, weigh.IBCC{}, weigh.EBCC{}, weigh.BWA{}, weigh.CATD{}, weigh.OneAccuracy{}, weigh.Anchored{}, weigh.Default{}, weigh.Mean{}, weigh.Median{}, weigh.GTM{}, weigh.Mixture{}}
		err = printWorlds(ctx, os.Stdout, models, 10)
		exit(err)
	case "speed":
		exit(printSpeed(os.Stdout, 50_000_000))
	case "--peers":
		models := []weigh.Model{weigh.Majority{}, weigh.OneCoin{}, weigh.DawidSkene{}, weigh.IBCC{}, weigh.EBCC{}, weigh.BWA{}, weigh.CATD{}, weigh.Default{}}
		exit(printPeers(ctx, os.Stdout, os.Args[2], models, 60))
	case "independent":
		exit(printIndependent(ctx, os.Stdout, weigh.Default{}, 480))
	case "collusion":
		if len(os.Args) != 3 {
			exit(fmt.Errorf("collusion: no folder"))
		}
		exit(printCollusion(ctx, os.Stdout, os.Args[2], weigh.Default{}, 5))
	case "choices":
		if len(os.Args) != 3 {
			exit(fmt.Errorf("choices: no folder"))
		}
		exit(printChoices(ctx, os.Stdout, os.Args[2]))
	case "rows":
		if len(os.Args) < 3 {
			exit(fmt.Errorf("rows: which program?"))
		}
		exit(printTall(ctx, os.Stdout, os.Args[2], tallTables, os.Args[3:]...))
	case "cuts":
		err = printCuts(ctx, os.Stdout, 1000)
		exit(err)
	case "live":
		err = printLive(ctx, os.Stdout, 1000)
		exit(err)
	}
	if _, err := printCrowds(context.Background(), os.Stdout, os.Args[1], weigh.Default{}); err != nil {
		exit(err)
	}
	if err := printOpen(context.Background(), os.Stdout, os.Args[1]); err != nil {
		exit(err)
	}
	exit(printNumbers(context.Background(), os.Stdout, os.Args[1]))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}
