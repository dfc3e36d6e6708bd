namespace Nn.Files;

/// <summary>
/// Images in another size, along each axis by itself: made smaller, a pixel is the mean of the area that it covers; made larger, values between the
/// middles of pixels are interpolated.
/// </summary>
public static class ImageResize
{
    /// <summary>The image with so many rows and columns; its proportions are not kept.</summary>
    public static RasterImage To(RasterImage image, int height, int width)
    {
        if (image.Height == height && image.Width == width) return image;
        (int From, float[] Weights)[] rows = Taps(image.Height, height), columns = Taps(image.Width, width);
        int channels = image.Channels;
        // Columns first: rows of one image lie side by side.
        var narrow = new float[image.Height * width * channels];
        for (int y = 0; y < image.Height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                (int from, float[] weights) = columns[x];
                for (int c = 0; c < channels; c++)
                {
                    float sum = 0;
                    for (int k = 0; k < weights.Length; k++) sum += weights[k] * image.Pixels[(y * image.Width + from + k) * channels + c];
                    narrow[(y * width + x) * channels + c] = sum;
                }
            }
        }

        var pixels = new byte[height * width * channels];
        int rowLength = width * channels;
        for (int y = 0; y < height; y++)
        {
            (int from, float[] weights) = rows[y];
            for (int i = 0; i < rowLength; i++)
            {
                float sum = 0;
                for (int k = 0; k < weights.Length; k++) sum += weights[k] * narrow[(from + k) * rowLength + i];
                pixels[y * rowLength + i] = (byte)Math.Clamp(sum + 0.5f, 0, 255);
            }
        }

        return new RasterImage(height, width, channels, pixels);
    }

    /// <summary>The image in grey: luma of ITU-R BT.601, 0.299 red, 0.587 green, 0.114 blue.</summary>
    public static RasterImage Grey(RasterImage image)
    {
        if (image.Channels == 1) return image;
        var pixels = new byte[image.Height * image.Width];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)((299 * image.Pixels[3 * i] + 587 * image.Pixels[3 * i + 1] + 114 * image.Pixels[3 * i + 2] + 500) / 1000);
        return new RasterImage(image.Height, image.Width, 1, pixels);
    }

    /// <summary>The image with red, green and blue.</summary>
    public static RasterImage Colour(RasterImage image) => image.Channels == 3
        ? image
        : new RasterImage(image.Height, image.Width, 3, [.. image.Pixels.SelectMany(p => new[] { p, p, p })]);

    // The pixels that each new one is made of, and their shares.
    private static (int From, float[] Weights)[] Taps(int from, int to)
    {
        double step = from / (double)to;
        var taps = new (int, float[])[to];
        for (int i = 0; i < to; i++)
        {
            if (step > 1)
            {
                double start = i * step, end = Math.Min(from, start + step);
                int first = (int)start, last = Math.Min(from - 1, (int)Math.Ceiling(end) - 1);
                taps[i] = (
                    first, [.. Enumerable.Range(first, last - first + 1).Select(p => (float)((Math.Min(end, p + 1) - Math.Max(start, p)) / (end - start)))]);
            }
            else
            {
                double at = Math.Clamp((i + 0.5) * step - 0.5, 0, from - 1);
                int first = Math.Min((int)at, Math.Max(0, from - 2));
                float share = (float)(at - first);
                taps[i] = (first, from == 1 ? [1] : [1 - share, share]);
            }
        }

        return taps;
    }
}
