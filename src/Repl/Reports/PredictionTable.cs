using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Nn.Data;
using Nn.Networks.Prediction;
using Nn.Repl.Terminal;
using Nn.Training;

namespace Nn.Repl.Reports;

/// <summary>Predictions as lines, beside the truth where it is known.</summary>
/// <param name="training">Whose predictor they are of.</param>
/// <param name="json">Whether a line is a JSON object.</param>
/// <param name="tellsTruth">Whether JSON has the truth, null where it is not known.</param>
internal sealed class PredictionTable(TrainingDefinition training, bool json, bool tellsTruth)
{
    private const int MaxOutputs = 12;

    // Of a model that writes, the target that it writes.
    private readonly Field? _written = training.Prediction?.Written;

    private readonly IReadOnlyList<OutputForm> _forms = OutputForm.Of(training);

    /// <summary>One line a sample.</summary>
    /// <param name="outputs">Of each output of the predictor, sample after sample.</param>
    /// <param name="samples">How many.</param>
    /// <param name="truth">The part whose first samples they are; null: nobody knows what is right.</param>
    /// <param name="first">The number of the first sample.</param>
    /// <param name="places">How many places each sample has, where sequences differ in length; null: as many as the outputs.</param>
    public void Write(IReadOnlyList<float[]> outputs, int samples, Part? truth, int first = 0, int[]? places = null)
    {
        for (int s = 0; s < samples; s++)
        {
            if (_written is not null)
            {
                Write(_written, [.. outputs[0].AsSpan(s * (outputs[0].Length / samples), outputs[0].Length / samples)], truth, s, first + s);
                continue;
            }

            Answer[] answers =
                [.. outputs.Select(
                    (o, i) => new Answer(training, _forms[i], [.. o.AsSpan(s * (o.Length / samples), o.Length / samples)], truth, s, places?[s]))];
            if (!json)
                Console.Out.WriteLine(answers is [{ } only] ? only.Text : string.Join("; ", answers.Select((a, i) => $"{_forms[i].Name} {a.Text}")));
            else if (answers is [{ } one]) JsonLine.Write([("event", "prediction"), ("sample", first + s), .. one.Fields(tellsTruth)]);
            else JsonLine.Write(("event", "prediction"), ("sample", first + s), ("outputs", Nested(answers)));
        }
    }

    // A sequence as people read it.
    private void Write(Field target, float[] output, Part? truth, int sample, int number)
    {
        string said = _forms[0].TextOf(output);
        string? right = null;
        if (truth is not null)
        {
            byte[] stored = truth.Targets[training.Schema.Targets.TakeWhile(t => t.Name != target.Name).Count()];
            right = target.Form.Text(MemoryMarshal.Cast<byte, int>(target.Form.Samples(stored, sample, 1)).ToArray());
        }

        if (!json) Console.Out.WriteLine(right is null ? said : $"{said}  {(right == said ? "✓" : $"wrong: {right}")}");
        else if (!tellsTruth) JsonLine.Write(("event", "prediction"), ("sample", number), ("text", said));
        else JsonLine.Write(("event", "prediction"), ("sample", number), ("text", said), ("truth", right));
    }

    private JsonObject Nested(Answer[] answers)
    {
        var all = new JsonObject();
        for (int i = 0; i < answers.Length; i++) all[_forms[i].Name] = answers[i].Json;
        return all;
    }

    // What one output says of one sample.
    private sealed class Answer
    {
        private readonly float[] _output;
        private readonly OutputForm _form;
        private readonly string? _best;
        private readonly string? _right;

        // The class of each place of a sequence, or a sequence that is told without an alignment; null where there is one answer for the sample.
        private readonly string[]? _places;
        private readonly string[]? _told;

        public Answer(TrainingDefinition training, OutputForm form, float[] values, Part? truth, int sample, int? places)
        {
            (_form, _output, _best) = (form, values, form.ClassOf(values));
            if (places is { } count && form.PlaceClasses.Count > 0 && count * form.PlaceClasses.Count <= values.Length)
            {
                _output = values[..(count * form.PlaceClasses.Count)];
                _places = form.ClassesOf(_output, count);
            }

            if (form.ToldSymbols.Count > 0) _told = form.ToldBy(places is { } own ? values.AsSpan(0, Math.Min(values.Length, own * form.Shape[-1])) : values);
            if (truth is not null && _told is not null) _right = string.Join(' ', Symbols(training, form.Target!, truth, sample));
            if (truth is null || form.Target is not { Form: { Symbols: not null, Width: 1 } } target) return;
            byte[] stored = truth.Targets[training.Schema.Targets.TakeWhile(t => t.Name != target.Name).Count()];
            _right = target.Form.Names.ElementAtOrDefault(MemoryMarshal.Cast<byte, int>(stored)[sample]);
        }

        private static IEnumerable<string> Symbols(TrainingDefinition training, Field target, Part truth, int sample)
        {
            byte[] all = truth.Targets[training.Schema.Targets.TakeWhile(t => t.Name != target.Name).Count()];
            ReadOnlySpan<byte> stored = target.Form.Samples(all, sample, 1);
            return MemoryMarshal.Cast<byte, int>(stored)[..target.Form.Lengths(stored)[0]].ToArray().Select(s => target.Form.Names[s]);
        }

        public string Text
        {
            get
            {
                if (_places is not null) return string.Join(' ', _places);
                if (_told is not null)
                {
                    string told = string.Join(' ', _told);
                    return _right is null ? told : _right == told ? $"{told}  right" : $"{told}  wrong: {_right}";
                }

                string said = _best is not null ? $"{_best} ({_output.Max().ToString("P1", CultureInfo.InvariantCulture)})"
                    : string.Join(' ', _output.Take(MaxOutputs).Select(v => NumberText.Number(v))) + (_output.Length > MaxOutputs ? " …" : "");
                return _right is null ? said : $"{said}{(_best is not null && _right != _best ? $"  wrong: {_right}" : $"  {_right}")}";
            }
        }

        public IEnumerable<(string Name, object? Value)> Fields(bool tellsTruth)
        {
            if (_places is not null) yield return ("classes", new JsonArray([.. _places.Select(p => (JsonNode?)p)]));
            else if (_told is not null) yield return ("sequence", Told);
            else yield return ("class", _best);
            if (tellsTruth) yield return ("truth", _right);
            yield return ("output", _output.Select((v, i) => new KeyValuePair<string, double>(_form.NameOf(i), v)));
        }

        private JsonArray Told => [.. _told!.Select(t => (JsonNode?)t)];

        public JsonObject Json => new()
        {
            [_told is null ? "class" : "sequence"] = _told is null ? _best : Told,
            ["truth"] = _right,
            ["output"] = new JsonObject(_output.Select((v, i) => new KeyValuePair<string, JsonNode?>(_form.NameOf(i), float.IsFinite(v) ? v : null))),
        };
    }
}
