namespace Nn;

/// <summary>
/// What a user may do about a failure. The library that fails knows it; the program that the user sits at knows what to type for it. So the message gives the
/// reason alone, and the program adds its own words for the remedy.
/// </summary>
/// <param name="Kind">What may be done.</param>
/// <param name="Subject">With what: the seed, the path, the name of the data, the pair of names. Empty where the kind says all.</param>
public sealed record Remedy(RemedyKind Kind, string Subject = "");
