using Nn.Data;

namespace Nn.Dsl;

/// <summary>The <c>field</c> lines of a <c>data</c> block: inputs by their names.</summary>
internal static class FieldBinder
{
    /// <summary>The word that begins them.</summary>
    public const string Word = "field";

    /// <summary>Their row.</summary>
    public static WordEntry Row { get; } = new(
        "data", Word, "an input by its name, where there are several: columns of a table, an image for each row of it, or an array",
            "field photo, image: file, folder: \"photos\"",
        OptionRow.Bare("name", OptionKind.Field),
        new("columns", OptionKind.Column, "", "the columns that are its features"),
        new("image", OptionKind.Column, "", "the column that names a file of an image for each row"),
        new("folder", OptionKind.Value, "", "where these files are, seen from the table"),
        DataSourceBinder.SizeOption,
        DataSourceBinder.ColoursOption with { Positional = true },
        new("array", OptionKind.Column, "", "the array that it is; that of its own name without it"),
        DataSourceBinder.SymbolsOption);

    /// <summary>What the lines state.</summary>
    /// <param name="lines">At least one.</param>
    /// <param name="source">The line of the source.</param>
    /// <param name="spec">What is known of the data already.</param>
    /// <param name="r">The other lines of the block.</param>
    public static IReadOnlyList<FieldSpec> Bind(IReadOnlyList<Item> lines, Item source, DataSpec spec, SettingReader r)
    {
        if (spec.Source is not (DataSource.Csv or DataSource.Npz))
            throw BindError.UnexpectedArgument(lines[0].Head.Span, $"data from {source.Head.Name}", "'field'",
                "fields are chosen from the columns of csv or the arrays of npz");
        if (r.Find("inputs") is { } inputs) throw BindError.UnexpectedArgument(inputs.Head.Span, "data with fields", "'inputs'",
            "each field says its columns: field facts, columns: [a, b]");
        if (r.Find("window") is { } window) throw BindError.UnexpectedArgument(window.Head.Span, "data with fields", "'window'",
            "windows of a series have one input; leave out the fields");
        var fields = new List<FieldSpec>();
        foreach (Item line in lines)
        {
            if (line.Blocks.Count > 0) throw BindError.HasNoBody(line.Span, Word);
            var call = new SettingCall(Row, line, r.Env);
            FieldSpec field = spec.Source == DataSource.Csv ? OfTable(call.Of("name", "columns", "image", "folder", "size", "colours"))
                : OfArrays(call.Of("name", "array", "symbols"));
            if (spec.Targets.Contains(field.Name) || fields.Any(f => f.Name == field.Name)) throw BindError.GivenTwice(line.Arguments[0].Span, "data",
                field.Name);
            fields.Add(field);
        }

        return fields;
    }

    private static FieldSpec OfTable(SettingCall c)
    {
        FieldSpec field = Named(c, "field facts, columns: [a, b]");
        if (!c.Has("image"))
        {
            if ((c.Find("folder") ?? c.Find("size") ?? c.Find("colours")) is { } ofImages)
                throw BindError.UnexpectedArgument(ofImages.Span, "a field of columns", SyntaxText.Of(ofImages.Value),
                    "it belongs to images: field photo, image: file, folder: \"photos\"");
            Expr[] columns = c.Find("columns") is { } stated ? stated.Value is ListExpr list ? [.. list.Items] : [stated.Value] : [c.Arguments[0].Value];
            return field with { Columns = [.. columns.Select(e => SettingReader.Word(new Argument(e.Span, null, default, e), "column"))] };
        }

        if (c.Find("columns") is { } both) throw BindError.UnexpectedArgument(both.Span, "a field of images", "columns",
            "a field is either an image or numbers of columns; write a line for each");
        return field with
        {
            ImageColumn = c.Word("image", "column"),
            Folder = c.Word("folder", "folder"),
            ImageSize = DataSourceBinder.Size(c),
            Colours = DataSourceBinder.Colours(c),
        };
    }

    private static FieldSpec OfArrays(SettingCall c)
    {
        FieldSpec field = Named(c, "field image, array: x");
        return field with { Array = c.Word("array", "array") ?? field.Name, Symbols = c.Flag("symbols") ?? false };
    }

    private static FieldSpec Named(SettingCall c, string example) => c.Find("name") is { } name
        ? new FieldSpec(name.Value is NameExpr n ? n.Name : throw BindError.UnexpectedArgument(name.Value.Span, Word, SyntaxText.Of(name.Value),
            $"a name is wanted here: {example}"))
        : throw BindError.MissingArgument(c.Span, Word, "the name of the field", example);
}
