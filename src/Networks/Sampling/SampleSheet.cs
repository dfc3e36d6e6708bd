using Nn.Data;
using Nn.Files;
using Nn.Graphs;

namespace Nn.Networks.Sampling;

/// <summary>Images side by side in one picture, on the scale in which the data store them.</summary>
public static class SampleSheet
{
    private const int Gap = 2;
    private const int SmallestSide = 56;
    private const byte Background = 128;

    /// <summary>Whether the samples of data are images that can be drawn.</summary>
    public static bool CanDraw(LoadedData data) => data.Input.IsPicture;

    /// <summary>A picture of images, in rows of <paramref name="columns"/>; small ones are drawn larger.</summary>
    /// <param name="values">Image after image, as a model sees or makes them.</param>
    /// <param name="form">What they are like: their size, and how they were normalised.</param>
    /// <param name="columns">Images in a row.</param>
    public static RasterImage Draw(ReadOnlySpan<float> values, FieldForm form, int columns)
    {
        Shape shape = form.Shape;
        (int height, int width, int channels) = (shape[0], shape[1], shape[2]);
        int count = values.Length / (int)shape.Count, rows = (count + columns - 1) / columns, zoom = Math.Max(1, SmallestSide / Math.Max(height, width));
        (int tileHeight, int tileWidth) = (height * zoom + Gap, width * zoom + Gap);
        var sheet = new RasterImage(rows * tileHeight + Gap, columns * tileWidth + Gap, channels,
            new byte[(rows * tileHeight + Gap) * (columns * tileWidth + Gap) * channels]);
        Array.Fill(sheet.Pixels, Background);
        for (int i = 0; i < count; i++)
        {
            int top = Gap + i / columns * tileHeight, left = Gap + i % columns * tileWidth;
            for (int y = 0; y < height * zoom; y++)
            {
                for (int x = 0; x < width * zoom; x++)
                {
                    for (int c = 0; c < channels; c++)
                    {
                        float v = values[((i * height + y / zoom) * width + x / zoom) * channels + c];
                        sheet.Pixels[((top + y) * sheet.Width + left + x) * channels + c] = Byte(v, c, form);
                    }
                }
            }
        }

        return sheet;
    }

    /// <summary>A value of a channel as the data store it, from 0 to 255.</summary>
    internal static byte Byte(float v, int channel, FieldForm form) =>
        (byte)Math.Clamp(form.Unscaled(v, channel) * FieldForm.White + 0.5f, 0, FieldForm.White);
}
