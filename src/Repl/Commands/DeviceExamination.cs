using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Nn.Repl.Lsp;

namespace Nn.Repl.Commands;

/// <summary>What became of the kernels of <see cref="DoctorKernels"/> on a device.</summary>
/// <param name="Right">Kernels that gave the right answer.</param>
/// <param name="Mistakes">What went wrong, a line each.</param>
/// <param name="StoppedAt">The step that did not end or that ended the process; null where all were taken.</param>
internal sealed record DeviceExamination(int Right, IReadOnlyList<string> Mistakes, string? StoppedAt)
{
    // Whatever else a driver prints is none of the examiner's lines.
    private const string Mark = "nn-doctor", Begins = "begins", Ends = "ends";

    /// <summary>Examines a device in this process.</summary>
    public static DeviceExamination Here(FoundDevice device)
    {
        var mistakes = new List<string>();
        int right = 0;
        DoctorKernels.Run(device, _ => { }, (step, mistake) => Count(step, mistake, mistakes, ref right));
        return new DeviceExamination(right, mistakes, null);
    }

    /// <summary>Examines a device for a parent process, which reads the steps from standard output.</summary>
    /// <exception cref="NnException">There is no such device.</exception>
    public static int Report(string name)
    {
        FoundDevice device = DeviceChoice.Choose(name, DeviceFamily.All());
        DoctorKernels.Run(device, step => Tell(Begins, step, null), (step, mistake) => Tell(Ends, step, mistake));
        return 0;
    }

    /// <summary>
    /// Has a process examine a device as <see cref="Report"/> does. It is ended where a step takes longer than the limit; a driver that crashes ends only that
    /// process.
    /// </summary>
    public static DeviceExamination Elsewhere(ProcessStartInfo start, TimeSpan limit)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.StandardOutputEncoding = Encoding.UTF8;
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} does not start");
        using var lines = new BlockingCollection<string?>();
        var errors = new StringBuilder();
        // The event of the end has no text.
        process.OutputDataReceived += (_, e) => lines.Add(e.Data);
        process.ErrorDataReceived += (_, e) => errors.AppendLine(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var mistakes = new List<string>();
        int right = 0;
        string? step = "starting";
        while (lines.TryTake(out string? line, limit))
        {
            if (line is null)
            {
                process.WaitForExit();
                if (step is not null) mistakes.Add($"{step}: the driver ended the process (exit code {process.ExitCode}){LastLine(errors.ToString())}");
                return new DeviceExamination(right, mistakes, step);
            }

            if (line.Split('\t') is not [Mark, var what, var name, var mistake]) continue;
            step = what == Begins ? name : null;
            if (what == Ends) Count(name, mistake.Length == 0 ? null : mistake, mistakes, ref right);
        }

        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        mistakes.Add($"{step ?? "closing the device"}: did not end within {limit.TotalSeconds:0.#} s and was given up");
        return new DeviceExamination(right, mistakes, step ?? "closing the device");
    }

    private static void Count(string step, string? mistake, List<string> mistakes, ref int right)
    {
        if (mistake is not null) mistakes.Add($"{step}: {mistake}");
        else if (step != DoctorKernels.Opening) right++;
    }

    private static void Tell(string what, string step, string? mistake)
    {
        Console.Out.WriteLine(string.Join('\t', Mark, what, step, mistake?.ReplaceLineEndings(" ").Replace('\t', ' ')));
        Console.Out.Flush();
    }

    private static string LastLine(string text) => text.TrimEnd() is { Length: > 0 } some ? $": {some[(some.LastIndexOf('\n') + 1)..].Trim()}" : "";
}
