using Nn.Files;

namespace Nn.Tests.Unit.Files;

public sealed class InputFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // The results of a search are read while it goes on.
    [Fact]
    public void A_file_that_grows_is_read_as_far_as_it_went()
    {
        const int whole = 1 << 22;
        string path = _folder.File("growing");
        File.WriteAllBytes(path, new byte[1]);
        var writer = new Thread(() =>
        {
            using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
            while (file.Length < whole) file.Write(new byte[100]);
        });
        writer.Start();
        for (int length = 0; length < whole;)
        {
            int read = InputFile.Bytes(path).Length;
            Assert.InRange(read, length, int.MaxValue);
            length = read;
        }

        writer.Join();
    }
}
