using Nn.Graphs;

namespace Nn.Planning;

/// <summary>
/// Where an arena of a loop's body lies in an iteration: in slice (<paramref name="First"/> + iteration · <paramref name="Direction"/>) mod
/// <paramref name="Slices"/> of the slices of <paramref name="Stride"/> bytes that start in <paramref name="Home"/> at byte <paramref name="Start"/>.
/// </summary>
public sealed record ScanPlace(Arena Inside, Slot Home, long Start = 0, long Stride = 0, int First = 0, int Direction = 0, int Slices = 1)
{
    /// <summary>The byte of the home's arena at which the body's arena starts.</summary>
    public long Offset(int iteration)
    {
        int slice = (First + Direction * iteration) % Slices;
        return Home.Offset + Start + Stride * (slice < 0 ? slice + Slices : slice);
    }
}

/// <summary>
/// A loop. Its body is planned once, over arenas that stand for what an iteration sees; <see cref="Places"/> says where they lie in each. Backends run the
/// steps of all iterations one after the other.
/// </summary>
public sealed class ScanStep(
    IReadOnlyList<PlanStep> body, int iterations, IReadOnlyList<ScanPlace> places, IReadOnlyList<Slot> reads, Slot result, Slot scratch) : PlanStep
{
    private readonly Dictionary<Arena, ScanPlace> _places = places.ToDictionary(p => p.Inside);
    private IReadOnlyList<PlanStep>? _kernels;

    /// <summary>The steps of an iteration, on the body's own arenas.</summary>
    public IReadOnlyList<PlanStep> Body { get; } = body;

    /// <summary>How often it runs.</summary>
    public int Iterations { get; } = iterations;

    /// <summary>One for each arena of the body.</summary>
    public IReadOnlyList<ScanPlace> Places { get; } = places;

    /// <summary>States and sequences, one after the other.</summary>
    public Slot Result { get; } = result;

    /// <summary>Memory for what lives no longer than an iteration.</summary>
    public Slot Scratch { get; } = scratch;

    /// <inheritdoc/>
    public override string Kind => "scan";

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Reads { get; } = reads;

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Writes { get; } = [result, scratch];

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Results => [Result];

    /// <inheritdoc/>
    public override long Bytes => Iterations * Body.Sum(s => s.Bytes);

    /// <inheritdoc/>
    public override IReadOnlyList<PlanStep> Kernels => _kernels ??= [.. Enumerable.Range(0, Iterations).SelectMany(Iteration)];

    /// <summary>The steps of one iteration, where it finds its values.</summary>
    public IEnumerable<PlanStep> Iteration(int iteration)
    {
        var known = new Dictionary<Slot, Slot>();
        Slot At(Slot inside)
        {
            if (known.TryGetValue(inside, out Slot? slot)) return slot;
            ScanPlace place = _places[inside.Arena];
            return known[inside] = new Slot(inside.Name, inside.Shape, inside.Type, place.Home.Arena, place.Offset(iteration) + inside.Offset);
        }

        return Body.Select(s => s.At(At));
    }

    /// <inheritdoc/>
    public override PlanStep At(Func<Slot, Slot> place)
    {
        ScanPlace[] places = [.. Places.Select(p => p with { Home = place(p.Home) })];
        return new ScanStep(Body, Iterations, places, [.. Reads.Select(place)], place(Result), place(Scratch)) { Label = Label, Flops = Flops };
    }
}
