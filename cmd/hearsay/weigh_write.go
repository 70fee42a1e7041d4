package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"strconv"

	"hearsay"
	"hearsay/weigh"
)

type itemJSON struct {
	Item      string           `json:"item"`
	Value     any              `json:"value"` // a number of kind number, null where not known
	P         *float64         `json:"p"`
	Interval  *[2]float64      `json:"interval"`
	Standing  hearsay.Standing `json:"standing"`
	Origins   float64          `json:"origins"`
	Fragility int              `json:"fragility"`
	Rivals    []rival          `json:"rivals"`
	Ambiguous bool             `json:"ambiguous,omitempty"`
	Other     string           `json:"other,omitempty"`
	Settled   string           `json:"settled,omitempty"`
}

type sourceJSON struct {
	Source      string      `json:"source"`
	Reliability *float64    `json:"reliability"`
	Interval    *[2]float64 `json:"interval"`
	OriginGroup int         `json:"origin_group"`
	Statements  int         `json:"statements"`
}

type linkJSON struct {
	Sources   [2]string `json:"sources"`
	Shared    int       `json:"shared"`
	Agreement *float64  `json:"agreement"`
	Expected  *float64  `json:"expected"`
	Score     *float64  `json:"score"`
}

type scoreJSON struct {
	Items    int      `json:"items"`
	Accuracy *float64 `json:"accuracy"`
	Brier    *float64 `json:"brier"`
	ECE      *float64 `json:"ece"`
	LogLoss  *float64 `json:"log_loss"`
	MAE      *float64 `json:"mae"`
	RMSE     *float64 `json:"rmse"`
	Covered  *float64 `json:"covered"`
	Coarser  *int     `json:"coarser,omitempty"`
}

type runJSON struct {
	Model        string  `json:"model"`
	Kind         string  `json:"kind"`
	Observations int     `json:"observations"`
	Iterations   int     `json:"iterations"`
	Converged    bool    `json:"converged"`
	Calibrated   bool    `json:"calibrated"`
	Seconds      float64 `json:"seconds"`
	SkippedRows  int     `json:"skipped_rows"`
}

// known is a number for JSON, which has none for what is not known.
func known(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

func intervalOf(low, high float64) *[2]float64 {
	if known(low) == nil || known(high) == nil {
		return nil
	}
	return &[2]float64{low, high}
}

// settledForCalibration is how many settled items P is called calibrated with
// (DESIGN.md, "Weighing").
const settledForCalibration = 20

// writeJSON writes the document of CLI.md piece by piece: a table of millions of
// items is not held twice.
func (g *graded) writeJSON(to io.Writer) error {
	w := bufio.NewWriterSize(to, 1<<16)
	put := func(v any) {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err) // finite numbers and texts
		}
		w.Write(b)
	}
	each := func(n int, what func(i int) any) {
		w.WriteByte('[')
		for i := range n {
			if i > 0 {
				w.WriteByte(',')
			}
			put(what(i))
		}
		w.WriteByte(']')
	}
	w.WriteString(`{"items":`)
	each(g.Table.Items, func(i int) any { return g.itemJSON(i) })
	w.WriteString(`,"sources":`)
	each(g.Table.Sources, func(s int) any {
		r := &g.result.Sources[s]
		return sourceJSON{g.Sources.At(int32(s)), known(r.P), intervalOf(r.Low, r.High), r.Group, r.Statements}
	})
	w.WriteString(`,"links":`)
	each(len(g.result.Links), func(i int) any {
		l := &g.result.Links[i]
		return linkJSON{[2]string{g.Sources.At(l.A), g.Sources.At(l.B)}, l.Shared, known(l.Agreement), known(l.Expected), known(l.Score)}
	})
	w.WriteString(`,"ambiguous":`)
	put(g.result.Ambiguous)
	if g.changed != nil {
		w.WriteString(`,"suggested_cuts":`)
		put(g.changesJSON())
	}
	w.WriteString(`,"score":`)
	put(g.scoreJSON())
	skipped := 0
	for _, b := range g.Bad {
		skipped += b.Rows
	}
	w.WriteString(`,"run":`)
	put(runJSON{g.result.Model, g.Table.Kind.String(), g.Table.Statements(), g.result.Iterations, g.result.Converged, g.settled >= settledForCalibration, math.Round(g.seconds*1000) / 1000, skipped})
	w.WriteString("}\n")
	return w.Flush()
}

func (g *graded) itemJSON(i int) itemJSON {
	d, v := g.verdictOn(i), &g.result.Verdicts[i]
	j := itemJSON{
		Item: g.Items.At(int32(i)), P: known(d.p), Standing: d.standing, Origins: math.Round(d.origins*100) / 100,
		Fragility: v.Fragility, Rivals: d.rivals, Ambiguous: d.ambiguous, Other: d.other, Settled: d.settled,
	}
	if j.Rivals == nil {
		j.Rivals = []rival{}
	}
	switch {
	case d.standing == hearsay.NotKnown:
	case g.Table.Kind == weigh.Number:
		j.Value, j.Interval = known(v.Value), intervalOf(v.Low, v.High)
	default:
		j.Value = d.value
	}
	return j
}

func (g *graded) scoreJSON() *scoreJSON {
	s := g.score
	if s == nil {
		return nil
	}
	j := &scoreJSON{
		Items: s.Items, Accuracy: known(s.Accuracy), Brier: known(s.Brier), ECE: known(s.ECE), LogLoss: known(s.LogLoss),
		MAE: known(s.MAE), RMSE: known(s.RMSE), Covered: known(s.Covered),
	}
	if s.coarser >= 0 {
		j.Coarser = &s.coarser
	}
	return j
}

// writeCSV writes the items as item,value,p,low,high,standing,origins,fragility.
func (g *graded) writeCSV(to io.Writer) error {
	w := csv.NewWriter(bufio.NewWriterSize(to, 1<<16))
	number := func(x float64) string {
		if known(x) == nil {
			return ""
		}
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	w.Write([]string{"item", "value", "p", "low", "high", "standing", "origins", "fragility"})
	for i := range g.Table.Items {
		d, v := g.verdictOn(i), &g.result.Verdicts[i]
		value, low, high := d.value, "", ""
		if g.Table.Kind == weigh.Number {
			value, low, high = number(v.Value), number(v.Low), number(v.High)
		}
		err := w.Write([]string{
			g.Items.At(int32(i)), value, number(math.Round(d.p*1e6) / 1e6), low, high, string(d.standing), number(math.Round(d.origins*100) / 100), strconv.Itoa(v.Fragility),
		})
		if err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}
