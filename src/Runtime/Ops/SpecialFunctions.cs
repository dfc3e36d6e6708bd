namespace Nn.Ops;

/// <summary>Double-precision functions that the .NET library lacks.</summary>
public static class SpecialFunctions
{
    /// <summary>
    /// The error function to about 1e-15: its Maclaurin series erf x = 2/√π·e^(−x²)·Σ 2ⁿ·x^(2n+1)/(1·3·…·(2n+1)),
    /// for |x| &lt; 3, and the continued fraction of erfc beyond (Abramowitz and Stegun, 7.1.6 and 7.1.14).
    /// </summary>
    public static double Erf(double x)
    {
        double a = Math.Abs(x);
        if (double.IsNaN(x)) return x;
        if (a > 6) return Math.Sign(x);
        if (a < 3)
        {
            double term = x, sum = x;
            for (int n = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum); n++)
            {
                term *= 2 * x * x / (2 * n + 1);
                sum += term;
            }

            return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
        }

        double fraction = a;
        for (int n = 60; n > 0; n--) fraction = a + n / 2.0 / fraction;
        return Math.Sign(x) * (1 - Math.Exp(-a * a) / Math.Sqrt(Math.PI) / fraction);
    }

    /// <summary>e^x − 1: its Taylor series where |x| &lt; ½, where the difference would lose digits.</summary>
    public static double Expm1(double x)
    {
        if (!(Math.Abs(x) < 0.5)) return Math.Exp(x) - 1;
        double term = x, sum = x;
        for (int n = 2; Math.Abs(term) > 1e-18 * Math.Abs(sum); n++)
        {
            term *= x / n;
            sum += term;
        }

        return sum;
    }
}
