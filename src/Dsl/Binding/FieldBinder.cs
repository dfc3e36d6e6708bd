using Nn.Data;
using Nn.Graphs;

namespace Nn.Dsl;

/// <summary>Reads the <c>field</c> lines of a <c>data</c> block: inputs by their names.</summary>
internal static class FieldBinder
{
    /// <summary>The word that begins them.</summary>
    public const string Word = "field";

    /// <summary>What the lines state.</summary>
    /// <param name="lines">At least one.</param>
    /// <param name="source">The line of the source.</param>
    /// <param name="spec">What is known of the data already.</param>
    /// <param name="r">The other lines of the block.</param>
    public static IReadOnlyList<FieldSpec> Bind(IReadOnlyList<Item> lines, Item source, DataSpec spec, SettingReader r)
    {
        if (spec.Source is not (DataSource.Csv or DataSource.Npz))
            throw BindError.UnexpectedArgument(lines[0].Head.Span, $"data from {source.Head.Name}", "'field'", "fields are chosen from the columns of csv or the arrays of npz");
        if (r.Find("inputs") is { } inputs) throw BindError.UnexpectedArgument(inputs.Head.Span, "data with fields", "'inputs'", "each field says its columns: field facts, columns: [a, b]");
        if (r.Find("window") is { } window) throw BindError.UnexpectedArgument(window.Head.Span, "data with fields", "'window'", "windows of a series have one input; leave out the fields");
        var fields = new List<FieldSpec>();
        foreach (Item line in lines)
        {
            if (line.Blocks.Count > 0) throw BindError.HasNoBody(line.Span, Word);
            FieldSpec field = spec.Source == DataSource.Csv ? OfTable(line, r.Env) : OfArrays(line);
            if (spec.Targets.Contains(field.Name) || fields.Any(f => f.Name == field.Name)) throw BindError.GivenTwice(line.Arguments[0].Span, "data", field.Name);
            fields.Add(field);
        }

        return fields;
    }

    private static FieldSpec OfTable(Item line, Env env)
    {
        Dictionary<string, Argument> o = SettingReader.Options(line, ["name", "colours"], ["columns", "image", "folder", "size"]);
        FieldSpec field = Named(line, o, "field facts, columns: [a, b]");
        if (!o.TryGetValue("image", out Argument? image))
        {
            if ((o.GetValueOrDefault("folder") ?? o.GetValueOrDefault("size") ?? o.GetValueOrDefault("colours")) is { } ofImages)
                throw BindError.UnexpectedArgument(ofImages.Span, "a field of columns", SyntaxText.Of(ofImages.Value), "it belongs to images: field photo, image: file, folder: \"photos\"");
            Expr[] columns = o.TryGetValue("columns", out Argument? stated) ? stated.Value is ListExpr list ? [.. list.Items] : [stated.Value] : [line.Arguments[0].Value];
            return field with { Columns = [.. columns.Select(c => SettingReader.Word(new Argument(c.Span, null, default, c), "column"))] };
        }

        if (o.TryGetValue("columns", out Argument? both)) throw BindError.UnexpectedArgument(both.Span, "a field of images", "columns", "a field is either an image or numbers of columns; write a line for each");
        return field with
        {
            ImageColumn = SettingReader.Word(image, "column"),
            Folder = o.TryGetValue("folder", out Argument? folder) ? SettingReader.Word(folder, "folder") : null,
            ImageSize = o.TryGetValue("size", out Argument? size) ? DataSourceBinder.Size(size, env) : null,
            Colours = o.TryGetValue("colours", out Argument? colours) ? DataSourceBinder.Colours(colours) : ImageColours.AsTheyAre,
        };
    }

    private static FieldSpec OfArrays(Item line)
    {
        Dictionary<string, Argument> o = SettingReader.Options(line, ["name"], ["array", "symbols"]);
        FieldSpec field = Named(line, o, "field image, array: x");
        return field with
        {
            Array = o.TryGetValue("array", out Argument? array) ? SettingReader.Word(array, "array") : field.Name,
            Symbols = o.TryGetValue("symbols", out Argument? symbols) && SettingReader.Flag(symbols, "symbols"),
        };
    }

    private static FieldSpec Named(Item line, Dictionary<string, Argument> options, string example) => options.TryGetValue("name", out Argument? name)
        ? new FieldSpec(name.Value is NameExpr n ? n.Name : throw BindError.UnexpectedArgument(name.Value.Span, Word, SyntaxText.Of(name.Value), $"a name is wanted here: {example}"))
        : throw BindError.MissingArgument(line.Span, Word, "the name of the field", example);
}
