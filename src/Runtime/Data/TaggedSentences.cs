using Nn.Graphs;

namespace Nn.Data;

/// <summary>
/// Sentences whose words have tags: words are numbered by how often they occur, 0 is any word that is not known, and tags by their names. Shorter
/// sentences have padding at their end. For a model that
/// was trained before, words and tags have its numbers.
/// </summary>
/// <param name="file">What messages call them.</param>
internal sealed class TaggedSentences(string file)
{
    private readonly List<(string[] Words, string[] Tags)> _sentences = [];

    /// <summary>How many there are.</summary>
    public int Count => _sentences.Count;

    /// <summary>One more, of at least one word, with a tag for each.</summary>
    public void Add(string[] words, string[] tags) => _sentences.Add((words, tags));

    /// <summary>As samples: <c>x</c> the words, <c>y</c> the tags, both as long as the sentence is.</summary>
    /// <param name="atLeast">How often a word occurs that gets a number of its own.</param>
    /// <param name="trained">What a model learnt before; null: nothing.</param>
    public RawData Raw(int atLeast, Schema? trained)
    {
        string[] tags = [.. _sentences.SelectMany(s => s.Tags).Distinct().Order(StringComparer.Ordinal)];
        return Raw(trained?.Input.Names is [TextTokens.Unknown, ..] known ? known : Numbered(atLeast), tags, _sentences.Max(s => s.Words.Length));
    }

    private string[] Numbered(int atLeast)
    {
        var times = new Dictionary<string, int>();
        foreach (string word in _sentences.SelectMany(s => s.Words)) times[word] = times.GetValueOrDefault(word) + 1;
        return
        [
            TextTokens.Unknown,
            .. times.Where(t => t.Value >= atLeast && t.Key != TextTokens.Unknown).OrderByDescending(t => t.Value).ThenBy(t => t.Key, StringComparer.Ordinal)
                .Select(t => t.Key),
        ];
    }

    /// <summary>As the other, with words, tags and the longest length given.</summary>
    /// <param name="words">By their numbers, <see cref="TextTokens.Unknown"/> first.</param>
    /// <param name="tags">By their numbers, in ordinal order.</param>
    /// <param name="longest">Words of a sentence, at least as many as the longest has.</param>
    public RawData Raw(IReadOnlyList<string> words, string[] tags, int longest)
    {
        var numbers = new Dictionary<string, int>();
        for (int i = 0; i < words.Count; i++) numbers.TryAdd(words[i], i);

        RawData.CheckSize(Count, 2L * longest * sizeof(int), file);
        int[] x = new int[Count * longest], y = new int[Count * longest];
        Array.Fill(x, FieldForm.Padding);
        Array.Fill(y, FieldForm.Padding);
        for (int s = 0; s < Count; s++)
        {
            for (int i = 0; i < _sentences[s].Words.Length; i++)
            {
                x[s * longest + i] = numbers.GetValueOrDefault(_sentences[s].Words[i]);
                y[s * longest + i] = Array.BinarySearch(tags, _sentences[s].Tags[i], StringComparer.Ordinal);
            }
        }

        long all = _sentences.Sum(s => (long)s.Words.Length), unknown = x.LongCount(w => w == 0);
        var shape = new Shape(FieldForm.UpTo(longest));
        return new RawData
        {
            Schema = new Schema(FieldForm.Classes(words, shape), FieldForm.Classes(tags, shape)),
            All = new Part(Count, RawData.Bytes(x), RawData.Bytes(y)),
            Notes =
            [
                $"{Count:N0} sentences of {_sentences.Min(s => s.Words.Length)} to {_sentences.Max(s => s.Words.Length)} words, {all:N0} words in all",
                $"{words.Count - 1:N0} words have numbers of their own; {unknown:N0} of the text are other words",
                $"tags: {string.Join(", ", tags)}",
            ],
        };
    }
}
