using System.Text;
using Nn.Files;
using Nn.Networks.Figures;

namespace Nn.Repl.Plots;

/// <summary>Figures as files.</summary>
internal static class FigureFile
{
    /// <summary>Draws into a file, whose ending says how.</summary>
    public static void Save(Figure figure, string file)
    {
        byte[] bytes = Path.GetExtension(file) switch
        {
            ".svg" => Encoding.UTF8.GetBytes(SvgCanvas.Write(figure)),
            ".png" => PixelCanvas.Write(figure),
            _ => throw new NnException(ExitCode.Usage, $"{file}: figures are written as .svg or .png"),
        };
        AtomicFile.Write(file, s => s.Write(bytes));
    }
}
