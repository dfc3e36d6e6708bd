namespace Nn.Dsl;

/// <summary>The names of the fields that a script says its data have, before anybody has looked at the data.</summary>
internal static class SaidFields
{
    /// <summary>Of the data of a training.</summary>
    public static IEnumerable<string> Of(Script script, TrainStatement train)
    {
        DataStatement[] all = [.. script.Statements.OfType<DataStatement>()];
        DataStatement? data = train.Data is { } on ? Array.Find(all, d => d.Name.Name == on.Name) : all is [{ } only] ? only : null;
        return data is null ? [Data.Schema.X, Data.Schema.Y] : Of(data);
    }

    /// <summary>Of data.</summary>
    public static IEnumerable<string> Of(DataStatement data)
    {
        if (data.Settings.FirstOrDefault(i => i.Head.Name == "builtin") is { Arguments: [{ Value: NameExpr generator }, ..] })
            return Data.Generators.FieldsOf(generator.Name);
        string[] drawn = [.. data.Settings.Where(i => i.Head.Name == ScriptParser.DrawWord).Select(i => i.Label).OfType<string>()];
        if (drawn.Length > 0) return drawn;
        string[] fields = [.. Named(data, FieldBinder.Word)], targets = [.. Named(data, "target")];
        bool named = fields.Length > 0 || targets.Length > 1;
        return [.. fields.DefaultIfEmpty(Data.Schema.X), .. named ? targets : [Data.Schema.Y]];
    }

    private static IEnumerable<string> Named(DataStatement data, string line) => data.Settings.Where(i => i.Head.Name == line)
        .SelectMany(i => line == FieldBinder.Word ? i.Arguments.Take(1) : i.Arguments)
        .SelectMany(a => a.Value is ListExpr list ? list.Items : [a.Value]).OfType<NameExpr>().Select(n => n.Name);
}
