using Nn.Data;
using Nn.Files;
using Nn.Networks.Prediction;
using Nn.Networks.Runs;
using Nn.Networks.Sampling;
using Nn.Repl.Options;
using Nn.Repl.Reports;
using Nn.Repl.Session;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary><c>nn predict</c>: outputs for given features, for the rows of a table, or for the first samples of the validation part.</summary>
internal sealed class PredictCommand(RunOptions options, string[] inputs, string? output)
{
    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("predict", CommandGroup.Use, "predicts from inputs, rows of a table, or samples of the validation part")
    {
        Details = "`--model M`, or the model alone; inputs are numbers, `column=value`, PNG and JPEG images, WAV sounds, or a table such as `new.csv`; "
            + "`--out FILE.csv`",
        Examples =
        [
            "nn predict xor.nn --model xor.safetensors 0 1", "nn predict digits.nn --model digits.safetensors seven.png",
            "nn predict titanic.safetensors sex=female age=29", "nn predict titanic.safetensors new.csv --out predictions.csv",
        ],
        Program = ProgramForm.OfScript((c, o) => new PredictCommand(o, c.GetValue(Common.Inputs) ?? [], c.GetValue(Common.Predictions)).Run(), Common.Model,
            Common.Best, Common.Predictions) with
        {
            Arguments = [Common.File, Common.Inputs],
        },
        Session = new("[INPUTS…]", "0 1", InSession),
    };

    private const int Shown = 10, RowsAtOnce = 4096;

    public int Run()
    {
        if (inputs.FirstOrDefault(i => i.StartsWith("--", StringComparison.Ordinal)) is { } unknown)
            throw new NnException(ExitCode.Usage, $"nn predict has no option '{unknown.Split('=')[0]}'; `nn predict --help` shows those that there are");
        TrainedModel model = TrainedModel.Open(options, "predict");
        if (Checkpoint.Vocabulary(model.File, model.Path) is not null)
            throw new NnException(ExitCode.Usage, $"this model goes on with texts; write: nn generate {model.Path} --prompt \"…\"");
        string? table = inputs is [var file] && TableInputs.IsNamed(file) ? file : null;
        if (output is not null && table is null) throw new NnException(ExitCode.Usage, "--out is for the predictions of a table; name one, such as new.csv");
        if (table is not null || (model.Stored is not null && inputs.Length > 0)) return WithoutData(model, table);
        Project project = model.Load();
        (TrainingDefinition training, LoadedData data) = project.Training();
        if (training.Predictor is null) throw NothingToPredict();
        (IReadOnlyList<byte[]> stored, int samples) = inputs.Length > 0 ? PredictionInputs.Read(data.Schema, training.PredictedFrom, inputs)
            : Held(training, data);
        using TrainingRun run = TrainingRun.Start(project, options.Device, samples);
        TrainingSession session = run.Session;
        Checkpoint.RestoreParameters(session, model.File, model.Path);
        int[]? places = Places(data.Schema, training, stored);
        new PredictionTable(session.Definition, options.Json, tellsTruth: false).Write(session.Predict(stored), samples, null, places: places);
        return 0;
    }

    // What is asked about is given, so the data of the training need not be there.
    private int WithoutData(TrainedModel model, string? table)
    {
        using var predictor = Predictor.OpenWithScript(model.Source, model.Options.Bind, model.File, model.Path, options.Device);
        TrainingDefinition training = predictor.Definition;
        if (table is null)
        {
            (IReadOnlyList<byte[]> stored, int samples) = PredictionInputs.Read(predictor.Schema, training.PredictedFrom, inputs);
            int[]? places = Places(predictor.Schema, training, stored);
            new PredictionTable(training, options.Json, tellsTruth: false).Write(predictor.PredictStored(stored), samples, null, places: places);
            return 0;
        }

        using TableInputs rows = TableInputs.Open(table, predictor.Schema, training.PredictedFrom);
        int done = Write(rows, output, training, options.Json, (stored, _) => predictor.PredictStored(stored));
        foreach (string warning in rows.Warnings) Console.Error.WriteLine($"nn: warning: {warning}");
        if (output is not null && !options.Quiet && !options.Json) Console.Out.WriteLine($"{Plural.Of(done, "prediction")} in {output}");
        return 0;
    }

    // Piece by piece, however long the table is.
    private static int Write(TableInputs rows, string? file, TrainingDefinition training, bool json,
        Func<IReadOnlyList<byte[]>, int, IReadOnlyList<float[]>> predict)
    {
        int done = 0;
        void Each(Action<IReadOnlyList<string[]>, IReadOnlyList<float[]>> write)
        {
            while (rows.Next(RowsAtOnce) is (var cells, var stored) && cells.Count > 0)
            {
                write(cells, predict(stored, cells.Count));
                done += cells.Count;
            }
        }

        if (file is null)
        {
            var shown = new PredictionTable(training, json, tellsTruth: false);
            Each((cells, outputs) => shown.Write(outputs, cells.Count, null, done));
            return done;
        }

        AtomicFile.Write(file, stream =>
        {
            using var predictions = new PredictionFile(stream, rows.Columns, training);
            Each(predictions.Write);
        });
        return done;
    }

    private static (IReadOnlyList<byte[]> Stored, int Samples) Held(TrainingDefinition training, LoadedData data)
    {
        Part part = Sampler.Source(data);
        int samples = Math.Min(Shown, part.Samples);
        return (PredictionInputs.First(data.Schema, training.PredictedFrom, part, samples), samples);
    }

    private static void InSession(ReplSession s, string[] words)
    {
        TrainingRun run = s.Live();
        LoadedData data = run.Session.Data;
        if (data.Vocabulary is not null) throw new NnException(ExitCode.Usage, "this model goes on with texts; write :generate BEGINNING");
        TrainingDefinition training = run.Session.Definition;
        if (training.Predictor is null) throw NothingToPredict();
        if (words is [var table] && TableInputs.IsNamed(table))
        {
            using TableInputs rows = TableInputs.Open(table, data.Schema, training.PredictedFrom);
            Write(rows, null, training, s.Json, run.Predict);
            foreach (string warning in rows.Warnings) s.Say($"warning: {warning}");
            return;
        }

        (IReadOnlyList<byte[]> stored, int samples) = words.Length > 0 ? PredictionInputs.Read(data.Schema, training.PredictedFrom, words)
            : Held(training, data);
        Part? truth = words.Length > 0 ? null : Sampler.Source(data);
        new PredictionTable(training, s.Json, tellsTruth: true).Write(run.Predict(stored, samples), samples, truth,
            places: Places(data.Schema, training, stored));
    }

    // How many places the sequences have that are answered, where each has as many as an input.
    private static int[]? Places(Schema schema, TrainingDefinition training, IReadOnlyList<byte[]> stored)
    {
        string? length = OutputForm.Of(training)[0].Length;
        for (int i = 0; i < stored.Count && length is not null; i++)
        {
            FieldForm form = schema.Inputs.First(f => f.Name == training.PredictedFrom[i]).Form;
            if (form.Length == length) return form.Lengths(stored[i]);
        }

        return null;
    }

    private static NnException NothingToPredict() =>
        new(ExitCode.Usage, "this script's loss does not compare a model's output with the target, so there is nothing to predict");
}
