namespace Nn.Files;

/// <summary>An image in memory: rows from the top, channels side by side, a byte each.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Channels">1 for grey, 3 for red, green, blue.</param>
/// <param name="Pixels">Height × width × channels.</param>
public sealed record RasterImage(int Height, int Width, int Channels, byte[] Pixels);
