namespace Nn.Repl.Plots;

/// <summary>A colour as bytes.</summary>
internal readonly record struct Rgb(byte R, byte G, byte B)
{
    /// <summary>As in SVG.</summary>
    public override string ToString() => $"#{R:x2}{G:x2}{B:x2}";

    /// <summary>A share of the way to another colour.</summary>
    public Rgb To(Rgb other, double share)
    {
        double t = Math.Clamp(share, 0, 1);
        byte Mix(byte a, byte b) => (byte)Math.Round(a + (b - a) * t);
        return new Rgb(Mix(R, other.R), Mix(G, other.G), Mix(B, other.B));
    }
}
