namespace Nn.Repl.Diagrams;

/// <summary>
/// Places for the boxes of a diagram, from above to below (Sugiyama, Tagawa and Toda 1981): rows by the longest way from a source, few crossings by
/// barycentres, then places close to the neighbours' in the order found.
/// </summary>
internal sealed class LayeredLayout
{
    private const int Sweeps = 24;
    private const double Gap = 26, BendWidth = 8;

    private readonly List<Item> _items = [];

    private LayeredLayout()
    {
    }

    /// <summary>Middles of the boxes on the x axis, in the order of the diagram.</summary>
    public double[] X { get; private set; } = [];

    /// <summary>Rows of the boxes, from 0.</summary>
    public int[] Row { get; private set; } = [];

    /// <summary>Number of rows.</summary>
    public int Rows { get; private set; }

    /// <summary>Extent on the x axis, which begins at 0.</summary>
    public double Width { get; private set; }

    /// <summary>The rows that an arrow passes on its way, with the place where it does.</summary>
    public IReadOnlyList<IReadOnlyList<(int Row, double X)>> Bends { get; private set; } = [];

    // A box, or the place where a long arrow passes a row.
    private sealed class Item(double width, int row, bool bend)
    {
        public double Width => width;
        public int Row => row;
        // Bends insist more, so that long arrows are straight.
        public double Weight => bend ? 4 : 1;
        public double X;
        public readonly List<Item> Above = [], Below = [];
    }

    /// <summary>Lays boxes of these widths out.</summary>
    /// <param name="widths">Of each box.</param>
    /// <param name="arrows">From earlier boxes to later ones.</param>
    public static LayeredLayout Of(IReadOnlyList<double> widths, IReadOnlyList<(int From, int To)> arrows)
    {
        int[] parts = Parts(widths.Count, arrows);
        var all = new LayeredLayout { X = new double[widths.Count], Row = new int[widths.Count] };
        var bends = new IReadOnlyList<(int Row, double X)>[arrows.Count];
        foreach (int part in parts.Distinct())
        {
            int[] own = [.. Enumerable.Range(0, widths.Count).Where(i => parts[i] == part)],
                joined = [.. Enumerable.Range(0, arrows.Count).Where(a => parts[arrows[a].From] == part)];
            LayeredLayout one = One([.. own.Select(i => widths[i])],
                [.. joined.Select(a => (Array.IndexOf(own, arrows[a].From), Array.IndexOf(own, arrows[a].To)))]);
            double left = all.Width == 0 ? 0 : all.Width + 2 * Gap;
            for (int k = 0; k < own.Length; k++) (all.X[own[k]], all.Row[own[k]]) = (left + one.X[k], one.Row[k]);
            for (int k = 0; k < joined.Length; k++) bends[joined[k]] = [.. one.Bends[k].Select(b => (b.Row, left + b.X))];
            (all.Width, all.Rows) = (left + one.Width, Math.Max(all.Rows, one.Rows));
        }

        all.Bends = bends;
        return all;
    }

    // Of each box, a number of what hangs together with it.
    private static int[] Parts(int count, IReadOnlyList<(int From, int To)> arrows)
    {
        int[] parts = [.. Enumerable.Range(0, count)];
        int Root(int i) => parts[i] == i ? i : parts[i] = Root(parts[i]);
        foreach ((int from, int to) in arrows) parts[Root(to)] = Root(from);
        return [.. parts.Select((_, i) => Root(i))];
    }

    private static LayeredLayout One(IReadOnlyList<double> widths, IReadOnlyList<(int From, int To)> arrows)
    {
        var layout = new LayeredLayout { Row = RowsOf(widths.Count, arrows) };
        layout.Rows = layout.Row.Length == 0 ? 0 : layout.Row.Max() + 1;
        Item[] boxes = [.. widths.Select((w, i) => new Item(w, layout.Row[i], bend: false))];
        layout._items.AddRange(boxes);
        Item[][] ways = [.. arrows.Select(a => layout.Way(boxes[a.From], boxes[a.To]))];
        List<Item>[] rows = [.. Enumerable.Range(0, layout.Rows).Select(r => layout._items.Where(i => i.Row == r).ToList())];
        Order(rows);
        Place(rows);
        double left = layout._items.Count == 0 ? 0 : layout._items.Min(i => i.X - i.Width / 2);
        layout.Width = layout._items.Count == 0 ? 0 : layout._items.Max(i => i.X + i.Width / 2) - left;
        layout.X = [.. boxes.Select(b => b.X - left)];
        layout.Bends = [.. ways.Select(w => (IReadOnlyList<(int, double)>)[.. w.Select(i => (i.Row, i.X - left))])];
        return layout;
    }

    // One below the lowest of those before; what has nothing before it stands right above what needs it.
    private static int[] RowsOf(int count, IReadOnlyList<(int From, int To)> arrows)
    {
        var rows = new int[count];
        ILookup<int, int> into = arrows.ToLookup(a => a.To, a => a.From), from = arrows.ToLookup(a => a.From, a => a.To);
        for (int i = 0; i < count; i++) rows[i] = into[i].Any() ? into[i].Max(f => rows[f]) + 1 : 0;
        for (int i = count - 1; i >= 0; i--)
        {
            if (!into[i].Any() && from[i].Any()) rows[i] = Math.Max(0, from[i].Min(t => rows[t]) - 1);
        }

        return rows;
    }

    private Item[] Way(Item from, Item to)
    {
        var bends = new List<Item>();
        Item before = from;
        for (int row = from.Row + 1; row < to.Row; row++)
        {
            var bend = new Item(BendWidth, row, bend: true);
            _items.Add(bend);
            bends.Add(bend);
            Join(before, bend);
            before = bend;
        }

        Join(before, to);
        return [.. bends];
    }

    private static void Join(Item above, Item below)
    {
        above.Below.Add(below);
        below.Above.Add(above);
    }

    // Up and down, each row by the mean place of its neighbours in the row before; the order with the fewest crossings wins.
    private static void Order(List<Item>[] rows)
    {
        Number(rows);
        List<Item>[] best = [.. rows.Select(r => r.ToList())];
        int fewest = Crossings(rows);
        for (int sweep = 0; sweep < Sweeps && fewest > 0; sweep++)
        {
            bool down = sweep % 2 == 0;
            foreach (List<Item> row in down ? rows : rows.AsEnumerable().Reverse())
            {
                double Mean(Item i) => (down ? i.Above : i.Below) is { Count: > 0 } near ? near.Average(n => n.X) : i.X;
                List<Item> sorted = [.. row.OrderBy(Mean)];
                row.Clear();
                row.AddRange(sorted);
                for (int k = 0; k < row.Count; k++) row[k].X = k;
            }

            int now = Crossings(rows);
            if (now >= fewest) continue;
            fewest = now;
            best = [.. rows.Select(r => r.ToList())];
        }

        for (int r = 0; r < rows.Length; r++) rows[r] = best[r];
    }

    private static void Number(List<Item>[] rows)
    {
        foreach (List<Item> row in rows)
        {
            for (int k = 0; k < row.Count; k++) row[k].X = k;
        }
    }

    private static int Crossings(List<Item>[] rows)
    {
        int count = 0;
        foreach (List<Item> row in rows)
        {
            (double From, double To)[] lines = [.. row.SelectMany(i => i.Below.Select(b => (i.X, b.X)))];
            for (int i = 0; i < lines.Length; i++)
            {
                for (int j = i + 1; j < lines.Length; j++)
                {
                    if ((lines[i].From - lines[j].From) * (lines[i].To - lines[j].To) < 0) count++;
                }
            }
        }

        return count;
    }

    // Each row is put as close as its order and widths allow to the means of its neighbours.
    private static void Place(List<Item>[] rows)
    {
        foreach (List<Item> row in rows)
        {
            double at = 0;
            foreach (Item i in row)
            {
                i.X = at + i.Width / 2;
                at += i.Width + Gap;
            }
        }

        for (int sweep = 0; sweep < Sweeps; sweep++)
        {
            // Downwards at last: what follows one box stands right below it.
            bool down = sweep % 2 == 1;
            foreach (List<Item> row in down ? rows : rows.AsEnumerable().Reverse())
                Settle(row,
                    [.. row.Select(i => (down ? i.Above : i.Below) is { Count: > 0 } near ? near.Sum(n => n.Weight * n.X) / near.Sum(n => n.Weight) : i.X)]);
        }
    }

    // Least squares under an order, by pooling neighbours that would overlap (the pool-adjacent-violators algorithm).
    private static void Settle(List<Item> row, double[] wishes)
    {
        var offsets = new double[row.Count];
        for (int k = 1; k < row.Count; k++) offsets[k] = offsets[k - 1] + (row[k - 1].Width + row[k].Width) / 2 + Gap;
        var pools = new Stack<(double Mean, double Weight, int Count)>();
        for (int k = 0; k < row.Count; k++)
        {
            (double mean, double weight, int count) = (wishes[k] - offsets[k], row[k].Weight, 1);
            while (pools.TryPeek(out var before) && before.Mean > mean)
            {
                pools.Pop();
                (mean, weight, count) = ((mean * weight + before.Mean * before.Weight) / (weight + before.Weight), weight + before.Weight,
                    count + before.Count);
            }

            pools.Push((mean, weight, count));
        }

        int at = row.Count;
        foreach ((double mean, _, int count) in pools)
        {
            for (int i = 0; i < count; i++) row[--at].X = mean + offsets[at];
        }
    }
}
