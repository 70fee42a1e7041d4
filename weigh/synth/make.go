package synth

import (
	"math"
	"math/rand/v2"
	"slices"

	"hearsay/weigh"
)

// said is what one source said of one item.
type said struct {
	value        int32 // kinds Classes and Open
	low, high    float64
	day          int32
	spoke        bool
	copied       bool
	forced       bool
	namesRegions bool
}

// maker holds what a world has while a table is drawn from it.
type maker struct {
	w World
	*Made
	seed    uint64
	value   []int32 // the truth of each item
	decoy   []int32
	day     []int32
	lies    map[*Lie][]said // what each lie makes of each item
	spoken  [][]said        // of each source, of each item; only of sources that somebody copies
	answers *rand.PCG
	chance  *rand.Rand // drawn from answers
}

// Make draws a table. It returns ErrWorld for a world that contradicts itself.
func (w World) Make(seed uint64) (*Made, error) {
	if err := w.Check(); err != nil {
		return nil, err
	}
	m := &maker{w: w, Made: &Made{Table: &weigh.Table{Kind: w.Kind, Items: w.Items}}, seed: seed, answers: rand.NewPCG(0, 0), lies: map[*Lie][]said{}}
	m.chance = rand.New(m.answers)
	if w.Kind == weigh.Classes {
		m.Table.Classes = w.Values
	}
	m.drawItems()
	first := make([]int, len(w.Groups)+1)
	copied := make([]bool, len(w.Groups))
	for g, of := range w.Groups {
		first[g+1] = first[g] + of.Count
		if of.Copies != nil {
			copied[of.Copies.From], copied[g] = true, copied[g] || of.Copies.How == Chain
		}
	}
	m.Table.Sources = first[len(w.Groups)]
	m.spoken = make([][]said, m.Table.Sources)
	for g := range w.Groups {
		of := &w.Groups[g]
		m.drawLie(g, of.Lies)
		if of.Turns != nil {
			m.drawLie(g, of.Turns.Lies)
		}
		for n := range of.Count {
			m.drawSource(g, n, first)
			if s := first[g] + n; !copied[g] {
				m.spoken[s] = nil
			}
		}
	}
	if w.Kind == weigh.Open && !w.Listed {
		m.nameCandidates()
	}
	return m.Made, nil
}

func (m *maker) drawItems() {
	m.Shares = m.w.Shares
	switch {
	case m.w.Prior != nil:
		m.Shares = dirichlet(stream(m.seed, forShares, 0), m.w.Prior)
	case m.Shares == nil && m.w.Kind != weigh.Number:
		m.Shares = make([]float64, m.w.Values)
		for k := range m.Shares {
			m.Shares[k] = 1 / float64(m.w.Values)
		}
	}
	m.Hard, m.day = make([]float64, m.w.Items), make([]int32, m.w.Items)
	if m.w.Kind == weigh.Number {
		m.Number = make([]float64, m.w.Items)
	} else {
		m.value, m.decoy = make([]int32, m.w.Items), make([]int32, m.w.Items)
	}
	for i := range m.w.Items {
		r := stream(m.seed, forItem, uint64(i))
		if m.w.Days > 0 {
			m.day[i] = int32(r.IntN(m.w.Days))
		}
		hard := m.w.Hard
		if m.w.HarderFrom > 0 && int(m.day[i]) >= m.w.HarderFrom {
			hard = m.w.Harder
		}
		m.Hard[i] = hard.draw(r)
		if m.w.Kind == weigh.Number {
			m.Number[i] = m.unlog(m.w.Center + m.w.Spread*r.NormFloat64())
			continue
		}
		m.value[i] = pick(r, m.Shares)
		m.decoy[i] = otherThan(r, m.w.Values, m.value[i])
	}
	m.Truth = m.value
	if m.w.Kind == weigh.Open && m.w.Listed {
		for range m.w.Items {
			m.Table.Candidates = append(m.Table.Candidates, weigh.Candidates{Count: int32(m.w.Values)})
		}
	}
	if m.w.Regions > 0 && (m.w.Kind == weigh.Classes || m.w.Listed) {
		m.regionSets()
	}
}

// drawLie draws what a lie makes of each item.
func (m *maker) drawLie(g int, lie *Lie) {
	if lie == nil || m.lies[lie] != nil {
		return
	}
	all := make([]said, m.w.Items)
	for i := range all {
		r := stream(m.seed, forLies, uint64(g)<<32|uint64(i))
		false_ := r.Float64() < lie.Share
		if m.w.Kind == weigh.Number {
			x := m.Number[i]
			if false_ {
				x = m.unlog(m.log(x) + lie.Shift)
			}
			all[i] = said{low: x, high: x}
			continue
		}
		all[i].value = m.value[i]
		if false_ {
			all[i].value = otherThan(r, m.w.Values, m.value[i])
		}
	}
	m.lies[lie] = all
}

// speaker is one source while its statements are drawn.
type speaker struct {
	*Group
	skill, skips, later float64 // later is its skill once turned
	rows                [][]float64
	reading, turned     *instrument
	original            int32 // whom it copies
	share               float64
}

func (m *maker) drawSource(g, n int, first []int) {
	of := &m.w.Groups[g]
	r := stream(m.seed, forSource, uint64(g)<<32|uint64(n))
	who := speaker{Group: of, original: -1}
	who.skill, who.skips = of.Skill.draw(r), of.Skips.draw(r)
	for _, alpha := range of.Rows {
		who.rows = append(who.rows, dirichlet(r, alpha))
	}
	if m.w.Kind == weigh.Number {
		who.reading = of.Reading.draw(r)
	}
	if of.Copies != nil {
		who.share = of.Copies.Share.draw(r)
		from := first[of.Copies.From]
		switch {
		case of.Copies.How == Any:
			from += r.IntN(m.w.Groups[of.Copies.From].Count)
		case of.Copies.How == Chain && n > 0:
			from = first[g] + n - 1
		}
		who.original = int32(from)
	}
	s := first[g] + n
	if of.Turns != nil {
		who.later = of.Turns.Skill.draw(r)
		if of.Turns.Reading != nil {
			who.turned = of.Turns.Reading.draw(r)
		}
		m.Cuts = append(m.Cuts, weigh.Cut{Source: int32(s), Day: int32(of.Turns.Day)})
	}
	m.Group, m.Skill, m.Rows = append(m.Group, g), append(m.Skill, who.skill), append(m.Rows, who.rows)
	m.Copies, m.Origin = append(m.Copies, who.original), append(m.Origin, int32(s))
	switch {
	case who.original >= 0:
		m.Origin[s] = m.Origin[who.original]
	case of.Lies != nil:
		m.Origin[s] = int32(first[g])
	}
	m.spoken[s] = make([]said, m.w.Items)
	for i := range m.w.Items {
		m.answers.Seed(mixed(m.seed^mixed(forAnswer)), mixed(uint64(g)<<48^uint64(n)<<32^uint64(i)))
		if x := m.speaks(&who, i); x.spoke {
			m.spoken[s][i] = x
			m.keep(int32(s), int32(i), x)
		}
	}
}

// speaks draws what one source says of one item. It is the order of these steps
// that World and Group tell.
func (m *maker) speaks(who *speaker, i int) said {
	r := m.chance
	if who.original >= 0 {
		if x := m.spoken[who.original][i]; x.spoke && r.Float64() < who.share {
			return m.copyOf(who, i, x)
		}
	}
	if r.Float64() < who.skips {
		return said{}
	}
	x := said{spoke: true, day: m.day[i]}
	if who.Late > 0 {
		x.day += int32(r.IntN(who.Late + 1))
	}
	lie, skill, reading := who.Lies, who.skill, who.reading
	if t := who.Turns; t != nil && int(x.day) >= t.Day {
		lie, skill = t.Lies, who.later
		if who.turned != nil {
			reading = who.turned
		}
	}
	switch {
	case r.Float64() < who.Forced:
		x.forced = true
		x.value, x.low, x.high = m.dictated(i)
	case lie != nil && r.Float64() >= lie.Noise:
		x.value, x.low, x.high = m.lies[lie][i].value, m.lies[lie][i].low, m.lies[lie][i].high
	case m.w.Kind == weigh.Number:
		x.low, x.high = m.read(reading, m.Number[i])
	case lie != nil:
		x.value = int32(r.IntN(m.w.Values))
	default:
		x.value = m.answer(who, i, skill)
		if x.value != m.value[i] && r.Float64() < who.Withholds {
			return said{}
		}
	}
	x.namesRegions = r.Float64() < who.Coarse
	return x
}

func (m *maker) answer(who *speaker, i int, skill float64) int32 {
	r, truth := m.chance, m.value[i]
	switch {
	case r.Float64() < who.Bias:
		return who.LeanTo
	case r.Float64() < m.Hard[i]:
		return int32(r.IntN(m.w.Values))
	case who.rows != nil:
		return pick(r, who.rows[truth])
	case r.Float64() < skill:
		return truth
	case r.Float64() < m.w.Decoy:
		return m.decoy[i]
	}
	return otherThan(r, m.w.Values, truth)
}

func (m *maker) copyOf(who *speaker, i int, x said) said {
	r := m.chance
	x.copied = true
	if who.Copies.Late > 0 {
		x.day += 1 + int32(r.IntN(who.Copies.Late))
	}
	if r.Float64() < who.Copies.Noise {
		if m.w.Kind == weigh.Number {
			x.low, x.high = m.read(who.reading, m.Number[i])
		} else {
			x.value = int32(r.IntN(m.w.Values))
		}
	}
	return x
}

// dictated is what those who force a source want to hear.
func (m *maker) dictated(i int) (value int32, low, high float64) {
	if m.w.Kind == weigh.Number {
		x := m.unlog(m.log(m.Number[i]) + m.w.Spread)
		return 0, x, x
	}
	return m.decoy[i], 0, 0
}

// keep writes a statement into the table.
func (m *maker) keep(s, i int32, x said) {
	t := m.Table
	t.Item, t.Source = append(t.Item, i), append(t.Source, s)
	m.Copied, m.Forced = append(m.Copied, x.copied), append(m.Forced, x.forced)
	if m.w.Days > 0 {
		t.Day = append(t.Day, x.day)
	}
	switch {
	case m.w.Kind == weigh.Number:
		t.Low, t.High = append(t.Low, x.low), append(t.High, x.high)
	case x.namesRegions:
		t.Value = append(t.Value, ^m.region(x.value))
	default:
		t.Value = append(t.Value, x.value)
	}
}

func (m *maker) region(value int32) int32 { return value * int32(m.w.Regions) / int32(m.w.Values) }

// regionSets makes the set of the values of each region, for all items alike.
func (m *maker) regionSets() {
	m.Table.Sets = make([]weigh.Set, m.w.Regions)
	for v := range int32(m.w.Values) {
		s := &m.Table.Sets[m.region(v)]
		s.Values = append(s.Values, v)
	}
}

// nameCandidates numbers the values that somebody named of each item, in the
// order of naming, and rewrites truths, statements and regions in those numbers.
func (m *maker) nameCandidates() {
	t := m.Table
	const unnamed = -1
	named := make([]int32, m.w.Items*m.w.Values)
	for x := range named {
		named[x] = unnamed
	}
	t.Candidates = make([]weigh.Candidates, m.w.Items)
	for i := range t.Candidates {
		t.Candidates[i].Else = true
	}
	for j, i := range t.Item {
		if v := t.Value[j]; v >= 0 {
			at := &named[int(i)*m.w.Values+int(v)]
			if *at == unnamed {
				*at = t.Candidates[i].Count
				t.Candidates[i].Count++
			}
			t.Value[j] = *at
		}
	}
	for i := range m.w.Items {
		if v := named[i*m.w.Values+int(m.Truth[i])]; v != unnamed {
			m.Truth[i] = v
		} else {
			m.Truth[i] = math.MaxInt32
		}
	}
	sets := map[[2]int32]int32{}
	for j, i := range t.Item {
		if t.Value[j] >= 0 {
			continue
		}
		of := [2]int32{i, ^t.Value[j]}
		if _, ok := sets[of]; !ok {
			sets[of] = int32(len(t.Sets))
			t.Sets = append(t.Sets, m.namedIn(named[int(i)*m.w.Values:], of[1]))
		}
		t.Value[j] = ^sets[of]
	}
}

// namedIn is the set of the values of a region that were named, or of one that
// was not.
func (m *maker) namedIn(named []int32, region int32) weigh.Set {
	s := weigh.Set{Else: true}
	for v := range int32(m.w.Values) {
		if named[v] >= 0 && m.region(v) == region {
			s.Values = append(s.Values, named[v])
		}
	}
	slices.Sort(s.Values)
	return s
}
