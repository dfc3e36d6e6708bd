using System.Globalization;

namespace Nn.Data;

/// <summary>
/// Small tagged sentences of three to twenty words about people and places, tagged as CoNLL-2003 tags names (<c>B-PER</c> begins a person, <c>I-PER</c>
/// goes on, <c>O</c> is none). Some names are those of people and of
/// places, so that only the words around tell: Paris lives in Paris.
/// </summary>
internal static class Sentences
{
    private static readonly string[] s_first = ["Anna", "Luca", "Marie", "Tom", "Paris", "Sofia", "Georgia", "Yusuf", "Noor", "Jackson", "Florence", "Pavel"];
    private static readonly string[] s_last = ["Berg", "Moreau", "Silva", "Lincoln", "Novak", "Tanaka", "Houston", "Okafor", "Lund", "Rossi"];
    private static readonly string[] s_place = ["Paris", "Sofia", "Lyon", "Georgia", "Lincoln", "Oslo", "Houston", "Jackson", "Turin", "Florence", "Kyoto",
        "Porto"];
    private static readonly string[] s_wide = ["North", "South", "New", "Old"];

    // P is a person, L a place, N a number; other words stand for themselves.
    private static readonly string[] s_clauses =
    [
        "P lives in L", "P met P in L", "the train from L to L is late", "P and P sing", "nobody in L knows P", "P works for P", "L has N bridges",
        "P was born near L",
        "yesterday P left L for L", "the mayor of L thanked P", "P wrote N letters to P", "it rains in L",
    ];

    private static readonly string[] s_joins = ["and", "but", "while", "because", ","];

    private static readonly string[] s_tags = ["B-LOC", "B-PER", "I-LOC", "I-PER", "O"];

    private const int LeastNumber = 2;
    private const int Numbers = 97;
    private const int MostClauses = 3;

    // Names have at most two words.
    private static readonly int s_longest = MostClauses * s_clauses.Max(c => c.Split(' ').Sum(w => w is "P" or "L" ? 2 : 1)) + MostClauses - 1;

    /// <summary>So many sentences.</summary>
    public static RawData Make(int samples, string name, GeneratorRandom random)
    {
        var sentences = new TaggedSentences(name);
        T One<T>(T[] of) => of[Math.Min(of.Length - 1, (int)(random.Uniform() * of.Length))];
        for (int s = 0; s < samples; s++)
        {
            List<string> words = [], tags = [];
            void Add(string kind, params string[] name)
            {
                for (int i = 0; i < name.Length; i++)
                {
                    words.Add(name[i]);
                    tags.Add(kind == "O" ? kind : (i == 0 ? "B-" : "I-") + kind);
                }
            }

            for (int clause = 0, clauses = 1 + (int)(random.Uniform() * MostClauses); clause < clauses; clause++)
            {
                if (clause > 0) Add("O", One(s_joins));
                foreach (string word in One(s_clauses).Split(' '))
                {
                    if (word == "P") Add("PER", random.Uniform() < 0.5 ? [One(s_first)] : random.Uniform() < 0.5 ? [One(s_last)] : [One(s_first), One(s_last)]);
                    else if (word == "L") Add("LOC", random.Uniform() < 0.8 ? [One(s_place)] : [One(s_wide), One(s_place)]);
                    else Add("O", word == "N" ? (LeastNumber + (int)(random.Uniform() * Numbers)).ToString(CultureInfo.InvariantCulture) : word);
                }
            }

            sentences.Add([.. words], [.. tags]);
        }

        // The same numbers for any number of samples.
        string[] plain = [.. s_clauses.SelectMany(c => c.Split(' ')).Where(w => w is not ("P" or "L" or "N"))];
        string[] numbers = [.. Enumerable.Range(LeastNumber, Numbers).Select(n => n.ToString(CultureInfo.InvariantCulture))];
        return sentences.Raw([TextTokens.Unknown,
            .. s_first.Concat(s_last).Concat(s_place).Concat(s_wide).Concat(s_joins).Concat(plain).Concat(numbers).Distinct()], s_tags, s_longest);
    }
}
