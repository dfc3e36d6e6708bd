namespace Nn.Data;

/// <summary>The files of a folder with a folder for each class; classes and files in the alphabetical order of their names.</summary>
/// <param name="Classes">The names of the folders.</param>
/// <param name="Files">Each with the number of its class.</param>
/// <param name="Others">Files of other kinds, which are passed over.</param>
internal sealed record ClassFolder(IReadOnlyList<string> Classes, IReadOnlyList<(string File, int Class)> Files, IReadOnlyList<string> Others)
{
    /// <summary>Files of a kind, and how messages call them.</summary>
    /// <param name="IsNamed">Whether a file is called like one.</param>
    /// <param name="Source">The word of a script.</param>
    /// <param name="Many">Images.</param>
    /// <param name="Formats">PNG or JPEG.</param>
    /// <param name="One">PNG or JPEG image.</param>
    /// <param name="Meant">What of other files could be one: pictures.</param>
    public sealed record Kind(Func<string, bool> IsNamed, string Source, string Many, string Formats, string One, string Meant);

    /// <summary>Looks for them.</summary>
    /// <exception cref="NnException">A class has none, or the folder cannot be read.</exception>
    public static ClassFolder Find(string folder, DataSpec spec, Kind kind)
    {
        bool IsOne(string file) => kind.IsNamed(file) && !Path.GetFileName(file).StartsWith('.');
        try
        {
            string[] folders = Folders(folder);
            if (folders.Length == 0)
            {
                bool flat = Directory.EnumerateFiles(folder).Any(IsOne);
                throw new NnException(ExitCode.BadFile, flat
                    ? $"{folder} has {kind.Many} but no folders; put those of each class into a folder named for it"
                    : $"{folder} is empty; it needs a folder of {kind.Many}, {kind.Formats}, for each class");
            }

            var files = new List<(string, int)>();
            var others = new List<string>();
            for (int c = 0; c < folders.Length; c++)
            {
                string[] all = [.. Directory.GetFiles(folders[c]).Order(StringComparer.Ordinal)];
                string[] own = [.. all.Where(IsOne)];
                if (own.Length == 0) throw WithoutFiles(folders, folders[c], all, spec, kind, IsOne);
                files.AddRange(own.Select(f => (f, c)));
                others.AddRange(all.Except(own));
            }

            return new ClassFolder([.. folders.Select(f => Path.GetFileName(f)!)], files, others);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NnException(ExitCode.BadFile, $"cannot read the folder {folder}: {e.Message}", e);
        }
    }

    /// <summary>What there is to say of the classes, and of what was passed over.</summary>
    public IEnumerable<string> Notes(Kind kind)
    {
        yield return Plural.Of(Classes.Count, "class");
        if (Classes.Count == 1)
            yield return $"all {kind.Many} are of one class, {Classes[0]}: there is nothing to tell apart; put those of another class into a folder beside it";
        if (Others.Count > 0)
            yield return $"{Plural.Of(Others.Count, "file")} that {(Others.Count == 1 ? "is" : "are")} no {kind.Formats} passed over: {Kinds(Others)}";
    }

    private static string[] Folders(string folder) =>
        [.. Directory.GetDirectories(folder).Where(d => !Path.GetFileName(d).StartsWith('.')).Order(StringComparer.Ordinal)];

    // A folder of a class has none: the classes lie one deeper, as train/cat and test/cat do, or its files are of other kinds.
    private static NnException WithoutFiles(string[] folders, string empty, string[] files, DataSpec spec, Kind kind, Func<string, bool> isOne)
    {
        string[] deeper = [.. folders.Where(f => Folders(f).Any(d => Directory.EnumerateFiles(d).Any(isOne)))];
        if (deeper.Contains(empty))
        {
            string chosen =
                Path.GetFileName(deeper.FirstOrDefault(d => Path.GetFileName(d).StartsWith("train", StringComparison.OrdinalIgnoreCase)) ?? deeper[0]);
            return new NnException(
                ExitCode.BadFile,
                $"{empty} has no {kind.Many}, but folders with {kind.Many} in it ({string.Join(", ", Folders(empty).Select(Path.GetFileName))}); "
                    + $"name the folder whose folders are the classes: {kind.Source} \"{spec.Path}/{chosen}\"");
        }

        return new NnException(ExitCode.BadFile, files.Length == 0
            ? $"{empty} has no {kind.One}; put some there, or remove the folder"
            : $"{empty} has no {kind.One} but {Kinds(files)}, as {Path.GetFileName(files[0])}; convert what are {kind.Meant} to {kind.Formats}, "
                + "or remove the folder");
    }

    // "3 .webp, 1 .txt"
    private static string Kinds(IEnumerable<string> files) => string.Join(", ", files.GroupBy(f => Path.GetExtension(f).ToLowerInvariant())
        .OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal)
        .Select(g => $"{g.Count():N0} {(g.Key.Length > 0 ? g.Key : "without an ending")}"));
}
