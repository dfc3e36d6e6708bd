using System.Runtime.InteropServices;
using Nn.Files;
using Nn.Graphs;
using Nn.Ops;

namespace Nn.Data;

/// <summary>Finds, reads, splits and normalises data.</summary>
public static class DataLoader
{
    private const uint SplitStream = 0x73706c74;

    /// <summary>Loads what a specification asks for; files are looked up in the directories in turn.</summary>
    /// <exception cref="NnException">A file is missing or not what it should be.</exception>
    public static LoadedData Load(DataSpec spec, IReadOnlyList<string> directories)
    {
        if (spec.Source == DataSource.Drawn) return Drawn(spec);
        RawData raw = Read(spec, directories);
        return Finish(raw, spec, Parts(raw, spec));
    }

    /// <summary>Splits and normalises, as a specification says, samples that are in memory.</summary>
    /// <exception cref="NnException">Nothing is left to train on.</exception>
    public static LoadedData Load(DataSpec spec, Samples samples)
    {
        spec = spec with { Source = DataSource.Memory };
        RawData raw = TrainedNames.Match(samples.Raw(), spec);
        return Finish(raw, spec, Parts(raw, spec));
    }

    /// <summary>
    /// Loads data for cross-validation: the training part is cut into folds, and each of them is the validation part once, with the others to train on. Gaps
    /// are filled and inputs scaled by what is trained on. The validation part that the specification sets apart takes no part.
    /// </summary>
    /// <exception cref="NnException">As <see cref="Load(DataSpec, IReadOnlyList{string})"/>, or there are fewer samples than folds.</exception>
    public static IReadOnlyList<LoadedData> LoadFolds(DataSpec spec, IReadOnlyList<string> directories, int folds)
    {
        if (spec.Source == DataSource.Drawn)
            throw new NnException(ExitCode.Usage, $"data {spec.Name}: points that are drawn anew in each step are not cut into folds");
        RawData raw = Read(spec, directories);
        int[] training = Parts(raw, spec)[0];
        if (training.Length < folds)
            throw new NnException(
                ExitCode.BadFile,
                $"data {spec.Name}: {training.Length:N0} samples to train on cannot be cut into {folds} folds; use fewer folds or more samples");
        return [.. Folds.Cut(training, folds, raw.Strata, spec.Shuffle, spec.SplitSeed).Select(fold =>
        {
            var held = fold.ToHashSet();
            RawData own = raw.HasGaps ? raw with { All = raw.All with { Inputs = [.. raw.All.Inputs.Select(i => (byte[])i.Clone())] } } : raw;
            return Finish(own, spec, [[.. training.Where(i => !held.Contains(i))], fold, []]);
        })];
    }

    /// <summary>Reads what a specification asks for, without splitting and normalising: what an editor tells about data.</summary>
    /// <exception cref="NnException">A file is missing or not what it should be.</exception>
    public static DataDescription Describe(DataSpec spec, IReadOnlyList<string> directories)
    {
        if (spec.Source == DataSource.Drawn) return Described(Drawn(spec));
        RawData raw = Read(spec, directories);
        return new DataDescription(raw.Schema, raw.All.Samples, raw.Given?.Samples ?? 0, raw.Columns, raw.Notes);
    }

    /// <summary>Bytes of a file; 0 for a device or pipe, which has no length, and gives what it has to one reader only.</summary>
    public static long LengthOf(string path) => InputFile.LengthOf(path);

    /// <summary>The names of a table's columns; none where it cannot be read.</summary>
    /// <param name="file">As a script names it.</param>
    /// <param name="directories">Where it is looked for.</param>
    public static IReadOnlyList<string> Columns(string file, IReadOnlyList<string> directories)
    {
        try
        {
            string path = Find(file, directories, folder: false);
            return LengthOf(path) == 0 ? [] : TableReader.HeaderOf(path);
        }
        catch (Exception e) when (e is NnException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The file or folder of a specification; null for a generator.</summary>
    /// <exception cref="NnException">It is not there.</exception>
    public static string? PathOf(DataSpec spec, IReadOnlyList<string> directories) =>
        spec.Source is DataSource.Builtin or DataSource.Drawn ? null
            : Find(spec.Path, directories, spec.Source is DataSource.Images or DataSource.Sound or DataSource.Idx);

    /// <summary>Where a script's files are looked for: beside it, then in <c>$NN_DATA</c>, then where downloads are kept.</summary>
    public static IReadOnlyList<string> Directories(string? script)
    {
        var list = new List<string> { Path.GetDirectoryName(Path.GetFullPath(script ?? "x"))! };
        if (Environment.GetEnvironmentVariable("NN_DATA") is { Length: > 0 } data) list.AddRange(data.Split(Path.PathSeparator));
        if (Directory.Exists(DataFetch.DefaultFolder)) list.Add(DataFetch.DefaultFolder);
        return list;
    }

    private static string Find(string name, IReadOnlyList<string> directories, bool folder)
    {
        foreach (string directory in directories)
        {
            string path = Path.Combine(directory, name);
            if (folder ? Directory.Exists(path) : File.Exists(path)) return path;
        }

        string what = folder ? "folder" : "file";
        throw new NnException(
            ExitCode.BadFile,
            $"there is no {what} '{name}'; looked in {string.Join(" and ", directories)}. Put it beside the script, or set NN_DATA to the folder that has it")
        {
            Remedy = DataFetch.Names.Contains(name) ? new Remedy(RemedyKind.Download, name) : null,
        };
    }

    // As many points as can be looked at: a training draws as many as its steps take.
    private static LoadedData Drawn(DataSpec spec) => new DrawnData(spec.Draws).Load(DrawnData.Shown, 0);

    private static DataDescription Described(LoadedData drawn) => new(drawn.Schema, 0, drawn.Validation.Samples, [], drawn.Notes);

    private static RawData Read(DataSpec spec, IReadOnlyList<string> directories) => TrainedNames.Match(spec.Source switch
    {
        DataSource.Builtin => Generators.Make(spec),
        DataSource.Csv => CsvTable.Read(Find(spec.Path, directories, folder: false), spec),
        DataSource.Text => TextFile.Read(Find(spec.Path, directories, folder: false), spec),
        DataSource.Tags => TagFile.Read(Find(spec.Path, directories, folder: false), spec),
        DataSource.Pairs => TextPairFile.Read(Find(spec.Path, directories, folder: false), spec),
        DataSource.Images => ImageFolder.Read(Find(spec.Path, directories, folder: true), spec),
        DataSource.Sound => SoundFolder.Read(Find(spec.Path, directories, folder: true), spec),
        DataSource.Npz => NpzData.Read(Find(spec.Path, directories, folder: false), spec),
        _ => IdxFolder.Read(Find(spec.Path, directories, folder: true)),
    }, spec);

    private static int[][] Parts(RawData raw, DataSpec spec)
    {
        int[] order = [.. Enumerable.Range(0, raw.All.Samples)];
        if (spec.Shuffle && (spec.Split.Count > 0 || spec.Limit is not null)) CounterRandom.Shuffle<int>(order, spec.SplitSeed, SplitStream, 0);
        if (spec.Limit is { } limit && limit < order.Length) order = order[..limit];
        if (spec.Limit is not null) raw.Notes.Add($"limited to {order.Length:N0} samples");
        int[] labelled = spec.KeepsUnlabelled ? [.. order.Where(i => HasLabel(raw, i))] : order;
        int[][] parts = Split(labelled, raw, spec);
        // What has no label can be learnt from, and judges nothing.
        if (labelled.Length < order.Length) parts[0] = [.. parts[0], .. order.Except(labelled)];
        if (parts[0].Length == 0) throw new NnException(ExitCode.BadFile, $"data {spec.Name}: the training part is empty; use more samples or another split");
        return parts;
    }

    private static bool HasLabel(RawData raw, int sample) => MemoryMarshal.Cast<byte, int>(raw.All.Targets[0].AsSpan())[sample] != FieldForm.NoLabel;

    // Takes the labels of the training part away but for so many, the classes in turn.
    private static RawData WithoutLabels(RawData raw, DataSpec spec, int[] training, int labels)
    {
        FieldForm form = raw.Schema.Target;
        if (!form.IsSymbols || form.Shape.Rank > 0 || raw.Schema.Targets.Count > 1)
            throw new NnException(ExitCode.BadFile, $"data {spec.Name}: labels are left out of one class a sample; the target is {form.Describe()}");
        if (labels > training.Length)
        {
            throw new NnException(
                ExitCode.BadFile, $"data {spec.Name}: there are {Plural.Of(training.Length, "sample")} to train on, fewer than {labels} labels");
        }

        byte[] stored = (byte[])raw.All.Targets[0].Clone();
        Span<int> classes = MemoryMarshal.Cast<byte, int>(stored.AsSpan());
        int ClassOf(int sample) => MemoryMarshal.Cast<byte, int>(raw.All.Targets[0].AsSpan())[sample];
        Queue<int>[] each = [.. training.GroupBy(ClassOf).OrderBy(c => c.Key).Select(c => new Queue<int>(c))];
        var kept = new HashSet<int>();
        while (kept.Count < labels)
        {
            foreach (Queue<int> c in each)
            {
                if (kept.Count < labels && c.TryDequeue(out int sample)) kept.Add(sample);
            }
        }

        foreach (int i in training.Where(i => !kept.Contains(i))) classes[i] = FieldForm.NoLabel;
        return raw with
        {
            All = raw.All with { Targets = [stored] },
            Schema = raw.Schema with { Targets = [raw.Schema.Targets[0] with { Form = form with { Unlabelled = true } }] },
        };
    }

    private static LoadedData Finish(RawData raw, DataSpec spec, int[][] parts)
    {
        List<string> notes = [.. raw.Notes];
        if (spec.Labels is { } labels) raw = WithoutLabels(raw, spec, parts[0], labels);
        List<string> warnings = [.. raw.Warnings];
        if (spec.Source == DataSource.Csv) raw = Filled(raw, spec, parts[0], warnings);
        Schema schema = raw.Schema with { Inputs = Normalize(raw, spec, parts[0], notes) };
        Part Select(int[] indices) => raw.All.Select(schema, indices);
        Part validation = raw.Given is { } given ? given : Select(parts[1]);
        Part test = raw.Given is not null && parts[1].Length > 0 ? raw.Given : Select(parts[2]);
        if (raw.Given is not null && parts[1].Length > 0) validation = Select(parts[1]);
        if (schema.Target.Unlabelled) notes.Add($"{parts[0].Count(i => !HasLabel(raw, i)):N0} samples of the training part have no label");
        notes.Add($"training {parts[0].Length:N0}, validation {validation.Samples:N0}{(test.Samples > 0 ? $", test {test.Samples:N0}" : "")}");
        if (spec.Augment is { } augment) notes.Add($"training batches varied in each step: {augment}{Targets(augment, schema)}");
        return new LoadedData
        {
            Schema = schema,
            Training = Select(parts[0]),
            Validation = validation,
            Test = test,
            Columns = raw.Columns,
            Vocabulary = raw.Vocabulary,
            Notes = notes,
            Warnings = spec.Trained is null ? [.. warnings, .. OneClass(raw, parts[0])] : warnings,
        };
    }

    private static string Targets(Augmentation augment, Schema schema) => !augment.Moves ? ""
        : schema.Targets.Any(t => Augmentation.MovesTarget(schema.Input.Shape, t.Form.Shape)) ? "; the map of targets moves with its image"
        : schema.Targets.Any(t => t.Form.IsNumbers) ? "; the target stays as it is, so it must hold no places or angles"
        : "";

    // What a single class teaches is to say its name.
    private static IEnumerable<string> OneClass(RawData raw, int[] training)
    {
        if (raw.Vocabulary is not null) yield break;
        for (int f = 0; f < raw.Schema.Targets.Count; f++)
        {
            (string field, FieldForm form) = raw.Schema.Targets[f];
            if (!form.IsSymbols || OneClassOf(form, raw.All.Targets[f], training) is not { } only) continue;
            string name = only < form.Names.Count ? form.Names[only] : only.ToString(System.Globalization.CultureInfo.InvariantCulture);
            string which = raw.Schema.Targets.Count > 1 ? $" of {field}" : "";
            yield return $"there is one class{which} only to train on, '{name}': a model cannot learn to tell it from another, "
                + "and its loss and accuracy say nothing";
        }
    }

    private static int? OneClassOf(FieldForm form, byte[] target, int[] training)
    {
        ReadOnlySpan<int> labels = MemoryMarshal.Cast<byte, int>(target.AsSpan());
        int? only = null;
        foreach (int i in training)
        {
            foreach (int label in labels.Slice(i * form.Width, form.Width))
            {
                if (form.Unlabelled && label == FieldForm.NoLabel) continue;
                only ??= label;
                if (label != only) return null;
            }
        }

        return only;
    }

    private static int[][] Split(int[] order, RawData raw, DataSpec spec)
    {
        if (spec.Split.Count == 0) return [order, [], []];
        if (spec.Stratify is null) return Cut(order, spec.Split);
        if (raw.Strata.Length == 0) throw new NnException(ExitCode.BadFile, $"data {spec.Name}: there is nothing to stratify by");
        // Each group is cut by itself; the parts then keep the shuffled order.
        var member = new int[raw.All.Samples];
        foreach (IGrouping<int, int> group in order.GroupBy(i => raw.Strata[i]))
        {
            int[][] cut = Cut([.. group], spec.Split);
            for (int p = 0; p < 3; p++)
            {
                foreach (int i in cut[p]) member[i] = p;
            }
        }

        return [.. Enumerable.Range(0, 3).Select(p => order.Where(i => member[i] == p).ToArray())];
    }

    private static int[][] Cut(int[] order, IReadOnlyList<double> shares)
    {
        int a = (int)Math.Round(order.Length * shares[0]), b = shares.Count < 3 ? order.Length : (int)Math.Round(order.Length * (shares[0] + shares[1]));
        return [order[..a], order[a..b], order[b..]];
    }

    // The gaps of a table filled with what stood in them for the trained model, else with the means over the training part.
    private static RawData Filled(RawData raw, DataSpec spec, int[] training, List<string> warnings)
    {
        var inputs = new List<Field>();
        for (int f = 0; f < raw.Schema.Inputs.Count; f++)
        {
            Field field = raw.Schema.Inputs[f];
            inputs.Add(field);
            if (field.Form is not { IsNumbers: true, Shape.Rank: > 0 } form) continue;
            Span<float> x = MemoryMarshal.Cast<byte, float>(raw.All.Inputs[f].AsSpan());
            IReadOnlyList<float>? known = spec.Trained?.Inputs.FirstOrDefault(i => i.Name == field.Name)?.Form.Means;
            float[] means = known?.Count == form.Shape[-1] ? [.. known] : Means(form, x, raw.Categorical.GetValueOrDefault(field.Name, []), training);
            if (known is { Count: 0 } && raw.HasGaps)
            {
                warnings.Add(
                    $"{spec.Path}: gaps are filled with the means of this file, as the model was saved by an earlier version, "
                    + "and does not hold those of what it was trained on");
            }

            for (int e = 0; e < x.Length; e++)
            {
                if (float.IsNaN(x[e])) x[e] = means[e % means.Length];
            }

            inputs[^1] = field with { Form = form with { Means = means } };
        }

        return raw with { Schema = raw.Schema with { Inputs = inputs } };
    }

    // Each feature's mean over the training part; those of all rows of a window are the same.
    private static float[] Means(FieldForm form, ReadOnlySpan<float> x, bool[] categorical, int[] training)
    {
        int features = form.Shape[-1];
        var means = new float[features];
        for (int f = 0; f < features; f++)
        {
            if (f < categorical.Length && categorical[f]) continue;
            double sum = 0;
            int count = 0;
            foreach (int i in training)
            {
                for (int e = f; e < form.Width; e += features)
                {
                    float v = x[i * form.Width + e];
                    if (float.IsNaN(v)) continue;
                    sum += v;
                    count++;
                }
            }

            if (count > 0) means[f] = (float)(sum / count);
        }

        return means;
    }

    // The inputs with how they are scaled, where they are.
    private static IReadOnlyList<Field> Normalize(RawData raw, DataSpec spec, int[] training, List<string> notes)
    {
        Normalization kind = spec.Normalize ?? (spec.Source == DataSource.Csv ? Normalization.Standard : Normalization.None);
        IReadOnlyList<Field> inputs = raw.Schema.Inputs;
        if (kind == Normalization.None) return inputs;
        if (inputs.All(f => f.Form.IsSymbols))
            throw new NnException(
                ExitCode.BadFile,
                $"data {spec.Name}: inputs are symbols, which are told apart and not calculated with, so they cannot be normalised; leave out `normalize`");
        notes.Add(kind switch
        {
            Normalization.Given => $"inputs normalised with mean {spec.NormalizeBy.A:R} and standard deviation {spec.NormalizeBy.B:R}",
            Normalization.Standard => "inputs standardised by the training part",
            _ => $"inputs brought to {spec.NormalizeBy.A:R}..{spec.NormalizeBy.B:R} by the training part",
        });
        return
        [
            .. inputs.Select((f, i) => f.Form.IsSymbols || (spec.Normalize is null && !f.Form.IsNumbers) ? f : f with
            {
                Form = f.Form with
                {
                    Scaling = ScalingOf(f.Form, raw.All.Inputs[i], kind, spec.NormalizeBy, raw.Categorical.GetValueOrDefault(f.Name, []), training),
                },
            }),
        ];
    }

    private static Scaling ScalingOf(FieldForm form, byte[] stored, Normalization kind, (double A, double B) by, bool[] categorical, int[] training)
    {
        if (kind == Normalization.Given) return new Scaling(new Shape(1), [(float)(1 / by.B)], [(float)(-by.A / by.B)]);

        // Images share their statistics over all pixels of a channel, tables have them per column.
        int channels = form.Shape.Rank == 0 ? 1 : form.Shape[-1];
        double[] sum = new double[channels], squares = new double[channels], low = new double[channels], high = new double[channels],
            count = new double[channels];
        Array.Fill(low, double.PositiveInfinity);
        Array.Fill(high, double.NegativeInfinity);
        var sample = new double[form.Width];
        foreach (int i in training)
        {
            form.Numbers(form.Samples(stored, i, 1), sample);
            for (int e = 0; e < sample.Length; e++)
            {
                (double v, int c) = (sample[e], e % channels);
                // Padding is no number.
                if (double.IsNaN(v)) continue;
                count[c]++;
                sum[c] += v;
                squares[c] += v * v;
                low[c] = Math.Min(low[c], v);
                high[c] = Math.Max(high[c], v);
            }
        }

        float[] scale = new float[channels], shift = new float[channels];
        for (int c = 0; c < channels; c++)
        {
            double each = Math.Max(1, count[c]), mean = sum[c] / each, deviation = Math.Sqrt(Math.Max(0, squares[c] / each - mean * mean));
            if (c < categorical.Length && categorical[c]) (scale[c], shift[c]) = (1, 0);
            else if (kind == Normalization.Standard)
                (scale[c], shift[c]) = deviation < 1e-12 ? (1, (float)-mean) : ((float)(1 / deviation), (float)(-mean / deviation));
            else
            {
                double width = high[c] - low[c], s = width < 1e-12 ? 0 : (by.B - by.A) / width;
                (scale[c], shift[c]) = ((float)s, (float)(by.A - low[c] * s));
            }
        }

        return new Scaling(new Shape(channels), scale, shift);
    }
}
