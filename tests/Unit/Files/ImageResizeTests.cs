using Nn.Files;

namespace Nn.Tests.Unit.Files;

public class ImageResizeTests
{
    // Shares worked out by hand: areas where it becomes smaller, distances between the middles of pixels where it becomes larger.
    [Theory]
    [InlineData(new byte[] { 10, 20, 30, 50 }, 2, new byte[] { 15, 40 })]
    [InlineData(new byte[] { 30, 60, 90 }, 2, new byte[] { 40, 80 })]
    [InlineData(new byte[] { 0, 100 }, 4, new byte[] { 0, 25, 75, 100 })]
    [InlineData(new byte[] { 7 }, 3, new byte[] { 7, 7, 7 })]
    [InlineData(new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 }, 1, new byte[] { 5 })]
    [InlineData(new byte[] { 0, 255, 0 }, 3, new byte[] { 0, 255, 0 })]
    public void One_axis(byte[] from, int to, byte[] expected)
    {
        Assert.Equal(expected, ImageResize.To(new RasterImage(1, from.Length, 1, from), 1, to).Pixels);
        Assert.Equal(expected, ImageResize.To(new RasterImage(from.Length, 1, 1, from), to, 1).Pixels);
    }

    [Fact]
    public void Channels_stay_apart() => Assert.Equal(
        [2, 20, 200], ImageResize.To(new RasterImage(2, 2, 3, [1, 10, 200, 2, 20, 200, 2, 20, 200, 3, 30, 200]), 1, 1).Pixels);

    [Theory]
    [InlineData(255, 0, 0, 76)]
    [InlineData(0, 255, 0, 150)]
    [InlineData(0, 0, 255, 29)]
    [InlineData(255, 255, 255, 255)]
    public void Grey_is_luma(byte red, byte green, byte blue, byte grey)
    {
        RasterImage image = ImageResize.Grey(new RasterImage(1, 1, 3, [red, green, blue]));
        Assert.Equal((1, grey), (image.Channels, image.Pixels[0]));
        Assert.Equal([grey, grey, grey], ImageResize.Colour(image).Pixels);
    }
}
