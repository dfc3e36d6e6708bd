using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Nn.Files;

namespace Nn.Tests.Unit.Files;

/// <summary>Images of 9 by 5 pixels by Pillow 9.4 or after the standard, each with the pixels that Pillow reads; and files that are none.</summary>
public sealed class PngTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // File and pixels in base 64. Alpha is laid on white, ⌊c·a + 255·(1 − a) + ½⌋; 16 bits become ⌊v ÷ 257 + ½⌋, where Pillow drops bits.
    public static TheoryData<string, string, string> Images => new()
    {
        { "grey", "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAFCAAAAACyOJm3AAAAGElEQVR4nGNkEIcCRlUYiwWTpQpjqYoDAGgeBFfEf9MOAAAAAElFTkSuQmCC",
            "ABcuRVxziqG4JTxTaoGYr8bdSmF4j6a91OsCb4adtMvi+RAnlKvC2fAHHjVM" },
        { "rgb", "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAFCAIAAAAYMVE8AAAAJUlEQVR4nGNkYPgvLsOAFbGoMpwTZ2DAisiSU8Ulp8rAIM7AAAD2UwlxN4hGkAAAAABJRU5ErkJggg==",
            "AAD/Fxz/Ljj/RVT/XHD/c4z/iqj/ocT/uOD/JQDNPBzNUzjNalTNgXDNmIzNr6jNxsTN3eDNSgCbYRybeDibj1SbpnCbvYyb1Kib68SbAuCbbwBphhxpnThptFRpy3Bp4oxp+ahpEMRpJ+BplAA3qxw3wjg32VQ38HA3B4w3Hqg3NcQ3TOA3" },
        { "grey with alpha", "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAFCAQAAAA9Wg7gAAAAHUlEQVR4nGNkYBCXR4UsqpziaJAYIVV0IVVOcU4AScMGlgKIU4wAAAAASUVORK5CYII=",
            "/+PMu7Cqqq+69+DPw729wsz/8uHVzs3S3e318OPd3ODq+hrv8Ono7PZFOzfr" },
        { "rgb with alpha", "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAFCAYAAACXU8ZrAAAAJUlEQVR4nGNkYPjPIC7DII8Ps6gynOMUZ2DAi6mjSJWQIlUoDQDpEgut9kCPfgAAAABJRU5ErkJggg==",
            "////4+P/zM//u8H/sLn/qrn/qsD/r83/uuH/9/b94Nv3z8jxw7vrvbTlvbXfwrzZzMvT////8u344dPs1cHgzrXTza/H0rG73bmv7cmj9f778OTv48vd3brL3K+44Kqm6q2U+raCGsdv7/308Nvj6cPK6LOy7Kia9qWCRalpO7NRN8Q56/zp" },
        { "1 bit", "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAFAQAAAAC/KPvGAAAAF0lEQVR4nGNkr2SSYGCwZ2D4x8D0iwEAEK0C1aQyRhEAAAAASUVORK5CYII=",
            "AAAAAAD/////AAAA////////AAD///////8A/////////wAA//////8AAAAA" },
        { "palette 1", "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAFAQMAAACtnVQoAAAABlBMVEUAQ4bJDE+mrsxzAAAAEElEQVR4nGMIZWBY1cAAIwEZpwNUJ256kAAAAABJRU5ErkJggg==",
            "AEOGyQxPAEOGyQxPAEOGyQxPAEOGyQxPAEOGyQxPAEOGyQxPAEOGyQxPAEOGyQxPAEOGyQxPAEOGyQxPAEOGyQxPAEOGyQxPAEOGyQxPAEOGyQxPAEOGyQxPAEOGyQxPAEOGyQxPAEOGyQxPAEOGyQxPAEOGyQxPAEOGyQxPAEOGyQxPAEOG" },
        { "palette 2",
            "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAFAgMAAADqPS74AAAADFBMVEUAQ4bJDE+S1RhbnuG84BjIAAAAG0lEQVR4nGOwtGRg8PNzYJg8uYHhyZMDDEA+ADVnBe/vK7U+AAAAAElFTkSuQmCC",
            "AEOGW57hktUYyQxPAEOGW57hktUYyQxPAEOGyQxPAEOGW57hktUYyQxPAEOGW57hktUYyQxPktUYyQxPAEOGW57hktUYyQxPAEOGW57hktUYW57hktUYyQxPAEOGW57hktUYyQxPAEOGW57hAEOGW57hktUYyQxPAEOGW57hktUYyQxPAEOG" },
        { "palette 4",
            "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAFBAMAAABlfdtYAAAAMFBMVEUAQ4bJDE+S1RhbnuEkZ6rtMHO2+Tx/wgVIi84RVJfaHWCj5ilsr/I1eLv+QYTHCk29KOZBAAAAJ0lEQVR4nGNgf3p4YQNDjJXEtwsMC/tzvRUYvl3ZNKGAwVuT/ekBAMJkDOlZaTzrAAAAAElFTkSuQmCC", "AEOGf8IF/kGE7TBzbK/yW57h2h1gyQxPSIvO7TBzbK/yW57h2h1gyQxPSIvOxwpNtvk8NXi72h1gyQxPSIvOxwpNtvk8NXi7JGeqo+YpktUYxwpNtvk8NXi7JGeqo+YpktUYEVSXAEOGf8IFJGeqo+YpktUYEVSXAEOGf8IF/kGE7TBzbK/y" },
        { "palette 8",
            "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAFCAMAAACgjTZZAAADAFBMVEUAQ4bJDE+S1RhbnuEkZ6rtMHO2+Tx/wgVIi84RVJfaHWCj5ilsr/I1eLv+QYTHCk2Q0xZZnN8iZajrLnG09zp9wANGicwPUpXYG16h5CdqrfAzdrn8P4LFCEuO0RRXmt0gY6bpLG+y9Th7vgFEh8oNUJPWGVyf4iUAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAC2GikyAAAAMUlEQVR4nGNgEGeT5VEWYpRgUBVhluJU4FcTZVAShIgyMcjzgUUF1BlkuIGi7HK8KgBT0ANvl2Sm0wAAAABJRU5ErkJggg==", "AEOGD1KVtvk8xQhLbK/ye74BImWoyQxP2BteDVCTtPc6W57haq3wEVSXIGOmxwpN1hlcfcADsvU4WZzfAEOGD1KVtvk8xQhLbK/ye74BktUYV5rd/kGEDVCTtPc6W57haq3wEVSXkNMWn+Il/D+Co+YpsvU4WZzfAEOGf8IFjtEUNXi7RIfK" },
        { "palette with alpha",
            "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAFAgMAAADqPS74AAAADFBMVEUKFB7IZAD///8AAABfjbxFAAAAA3RSTlMAgP/s97MYAAAAG0lEQVR4nGOwtGRg8PNzYJg8uYHhyZMDDEA+ADVnBe/vK7U+AAAAAElFTkSuQmCC", "////AAAA////47F/////AAAA////47F/////47F/////AAAA////47F/////AAAA////47F/////47F/////AAAA////47F/////AAAA////AAAA////47F/////AAAA////47F/////AAAA////AAAA////47F/////AAAA////47F/////" },
        { "grey with a key", "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAFCAAAAACyOJm3AAAAAnRSTlMAU4TxzXYAAAAYSURBVHicY2QQhwJGVRiLBZOlCmOpigMAaB4EV8R/0w4AAAAASUVORK5CYII=",
            "ABcuRVxziqG4JTz/aoGYr8bdSmF4j6a91OsCb4adtMvi+RAnlKvC2fAHHjVM" },
        { "grey 16", "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAFEAAAAADiqEX0AAAAJ0lEQVR4nGNkYBCXQoWMqqroQiyoQhJSYqhCElJiqqpoqlRVpcSlAJ5kCRF5XFOeAAAAAElFTkSuQmCC",
            "ABcuRVxziqG4JTxTaoGYr8bdSmF4j6a91OsCb4adtMvi+RAnlKvC2fAHHjVM" },
        { "filter 0",
            "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAFCAIAAAAYMVE8AAAAFElEQVR4nAGMAHP/AAAA/xcc/y44/0VU/xdnwZsAAACDSURBVFxw/3OM/4qo/6HE/7jg/wAlAM08HM1TOM1qVM2BcM2YjM2vqM3GxM3d4M0ASgCbYRybeDibj1SbpnCbvYyb1Kib68SbAuCbAG8AaYYcaZ04abRUactwaeKMafmoaRDEaSfgaQCUADerHDfCODfZVDfwcDcHjDceqDc1xDdM4DcGQUUeQggPVwAAAABJRU5ErkJggg==", "AAD/Fxz/Ljj/RVT/XHD/c4z/iqj/ocT/uOD/JQDNPBzNUzjNalTNgXDNmIzNr6jNxsTN3eDNSgCbYRybeDibj1SbpnCbvYyb1Kib68SbAuCbbwBphhxpnThptFRpy3Bp4oxp+ahpEMRpJ+BplAA3qxw3wjg32VQ38HA3B4w3Hqg3NcQ3TOA3" },
        { "filter 1",
            "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAFCAIAAAAYMVE8AAAAFElEQVR4nGNkYPgvLsOAFTGqMpzFKefFMP+UXO4AAAASSURBVBunXD5DJk65KQzmuOQAozYMd6R4mREAAAAASUVORK5CYII=",
            "AAD/Fxz/Ljj/RVT/XHD/c4z/iqj/ocT/uOD/JQDNPBzNUzjNalTNgXDNmIzNr6jNxsTN3eDNSgCbYRybeDibj1SbpnCbvYyb1Kib68SbAuCbbwBphhxpnThptFRpy3Bp4oxp+ahpEMRpJ+BplAA3qxw3wjg32VQ38HA3B4w3Hqg3NcQ3TOA3" },
        { "filter 2",
            "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAFCAIAAAAYMVE8AAAAFElEQVR4nGNiYPgvLvNfz+K/a8j/mIL/xUijItAAAAAaSURBVD3/u1b8X3jk/44H/5lUGc7hQrSQAwAuNDJaR/NOuQAAAABJRU5ErkJggg==", "AAD/Fxz/Ljj/RVT/XHD/c4z/iqj/ocT/uOD/JQDNPBzNUzjNalTNgXDNmIzNr6jNxsTN3eDNSgCbYRybeDibj1SbpnCbvYyb1Kib68SbAuCbbwBphhxpnThptFRpy3Bp4oxp+ahpEMRpJ+BplAA3qxw3wjg32VQ38HA3B4w3Hqg3NcQ3TOA3" },
        { "filter 3",
            "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAFCAIAAAAYMVE8AAAAFElEQVR4nGNmYPgvLtOgrNWgZ9Fg5dbgGnVDyrIAAAAsSURBVNIQmNQQU9CQUdfArMrgJ8f3HCtitmAwxSnnxSCDUy6WgRlNaB6MAQBFey35HUWS7wAAAABJRU5ErkJggg==", "AAD/Fxz/Ljj/RVT/XHD/c4z/iqj/ocT/uOD/JQDNPBzNUzjNalTNgXDNmIzNr6jNxsTN3eDNSgCbYRybeDibj1SbpnCbvYyb1Kib68SbAuCbbwBphhxpnThptFRpy3Bp4oxp+ahpEMRpJ+BplAA3qxw3wjg32VQ38HA3B4w3Hqg3NcQ3TOA3" },
        { "filter 4",
            "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAFCAIAAAAYMVE8AAAAFElEQVR4nGNhYPgvLsOAFbGoMpwTZ2DAiuCNsXUAAAANSURBVMiSU8UlpwomAff3CXT3prfjAAAAAElFTkSuQmCC",
            "AAD/Fxz/Ljj/RVT/XHD/c4z/iqj/ocT/uOD/JQDNPBzNUzjNalTNgXDNmIzNr6jNxsTN3eDNSgCbYRybeDibj1SbpnCbvYyb1Kib68SbAuCbbwBphhxpnThptFRpy3Bp4oxp+ahpEMRpJ+BplAA3qxw3wjg32VQ38HA3B4w3Hqg3NcQ3TOA3" },
        { "interlaced rgb",
            "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAFCAIAAAFvNmGqAAAAFElEQVR4nGNhYPi/4wEDS0zBf5YpDOYxBRQyRAsAAAA6SURBVAxAxKJn8R9ETWGwiGFgYPFimK1nwQBHLOIy/xEcL4Y5egwMEITKUWU4Ky7DgBWBFIozMGBFAHsdFjTqY+kxAAAAAElFTkSuQmCC", "AAD/Fxz/Ljj/RVT/XHD/c4z/iqj/ocT/uOD/JQDNPBzNUzjNalTNgXDNmIzNr6jNxsTN3eDNSgCbYRybeDibj1SbpnCbvYyb1Kib68SbAuCbbwBphhxpnThptFRpy3Bp4oxp+ahpEMRpJ+BplAA3qxw3wjg32VQ38HA3B4w3Hqg3NcQ3TOA3" },
        { "interlaced 1 bit",
            "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAFAQAAAAHIL8tQAAAAFElEQVR4nGNwYGBgOMDgwNDAUMBgAMQHGFuQ0qwAAAALSURBVOQbGP4xAAA1XwUu1tJEGwAAAABJRU5ErkJggg==",
            "AAAAAAD/////AAAA////////AAD///////8A/////////wAA//////8AAAAA" },
        { "grey 4 bits",
            "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAFBAAAAAB3yHS2AAAAFElEQVR4nGNkVDY2VgMRyiqMbkbGxkqMGUDPCuYAAAAOSURBVEC2PuMsY2VlXQBCXwTmMEowkAAAAABJRU5ErkJggg==",
            "ABEiRFV3iKq7IjNVZoiZqszdRGZ3iKq73e4AZoiZu8zu/xEimarM3f8AETNE" },
        { "interlaced 2 bits",
            "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAFAgAAAAGPj7GAAAAAFElEQVR4nGNSYHJg2sKkwLSAKZqBSYwplJdbrxQAAAAPSURBVMmViXX1AabUQAcAPtMFXO20RskAAAAASUVORK5CYII=",
            "AAAAVVVVqqqqAABVVaqqqv//VVVVqqqq//8AVaqqqv///wAAqqr///8AAABV" },
        { "rgb 16",
            "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAFEAIAAABIoY1/AAAAFElEQVR4nGNmAIL//8W1ZQwapyg7ankwyIVb1LcAAACISURBVOmFWSQwaFjluFUwGLk2hkxgsAmanryCwS1Wp9CBISDDqT6CIYpZVZWBwc9PToNPIr0QQWZA2B8hpPwK/hkwNoRktrBgYDA1BXGef0QiCyGkPJTNP+MFROSjLJhk9vJiYJCRwdD2UR5FhH/G80JZuHEvCpljYxkYmJlxaYCYPQ+kDcUtAMkBVFgVwUk0AAAAAElFTkSuQmCC", "AAD/FxwALjgARVQAXHAAc4wAiqgAosUBueEBJQDNPBzNUzjNalTNgXDNmIzNr6jNx8XO3uHOSgCbYRybeDibj1SbpnCbvYyb1Kib7MWcA+GcbwBphhxpnThptFRpy3Bp4oxp+ahpEcVqKOFqlAA3qxw3wjg32VQ38HA3B4w3Hqg3NsU4TeE4" },
        { "interlaced grey with alpha 16",
            "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAFEAQAAAEazeI1AAAAFElEQVR4nGNhAIIdO378YImJqalhmTJFRYvn92oAAAA0SURBVAXEAHP09OzskERVVFi8vISEQKLImEVcXF4eRQCiCoExBVRVOTlB2vBhsC5xcfwYABTvIYW9a1P8AAAAAElFTkSuQmCC", "/+PMu7Cqqq+69+DPw729wsz/8uHVzs3S3e318OPd3ODq+hrv8Ono7PZFOzfr" },
        { "rgb with a key",
            "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAFCAIAAAAYMVE8AAAABnRSTlMAjwBUAJtReOxyAAAAFElEQVR4nAGMAHP/AAAA/xcc/y44/0VU/xdnwZsAAACDSURBVFxw/3OM/4qo/6HE/7jg/wAlAM08HM1TOM1qVM2BcM2YjM2vqM3GxM3d4M0ASgCbYRybeDibj1SbpnCbvYyb1Kib68SbAuCbAG8AaYYcaZ04abRUactwaeKMafmoaRDEaSfgaQCUADerHDfCODfZVDfwcDcHjDceqDc1xDdM4DcGQUUeQggPVwAAAABJRU5ErkJggg==", "AAD/Fxz/Ljj/RVT/XHD/c4z/iqj/ocT/uOD/JQDNPBzNUzjNalTNgXDNmIzNr6jNxsTN3eDNSgCbYRybeDib////pnCbvYyb1Kib68SbAuCbbwBphhxpnThptFRpy3Bp4oxp+ahpEMRpJ+BplAA3qxw3wjg32VQ38HA3B4w3Hqg3NcQ3TOA3" },
    };

    [Theory]
    [MemberData(nameof(Images))]
    public void Every_kind_is_read(string kind, string file, string pixels)
    {
        RasterImage image = Png.Decode(Convert.FromBase64String(file), kind);
        byte[] expected = Convert.FromBase64String(pixels);
        Assert.Equal((5, 9, expected.Length / 45), (image.Height, image.Width, image.Channels));
        Assert.Equal(expected, image.Pixels);
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 2, 3)]
    [InlineData(64, 65, 1)]
    [InlineData(31, 17, 3)]
    public void What_is_written_is_read_back(int height, int width, int channels)
    {
        var pixels = new byte[height * width * channels];
        new Random(height).NextBytes(pixels);
        string path = _folder.File("a.png");
        Png.Save(path, new RasterImage(height, width, channels, pixels));
        RasterImage back = ImageFile.Load(path);
        Assert.Equal((height, width, channels), (back.Height, back.Width, back.Channels));
        Assert.Equal(pixels, back.Pixels);
    }

    // The file of Pillow for the same pixels differs in its compression alone: header and end are the standard's.
    [Fact]
    public void A_written_file_has_the_chunks_of_the_standard()
    {
        byte[] file = Png.Encode(new RasterImage(2, 3, 1, [1, 2, 3, 4, 5, 6]));
        Assert.Equal("89504E470D0A1A0A0000000D4948445200000003000000020800000000", Convert.ToHexString(file)[..58]);
        Assert.Equal("0000000049454E44AE426082", Convert.ToHexString(file[^12..]));
        int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(33));
        using var zlib = new ZLibStream(new MemoryStream(file, 41, length), CompressionMode.Decompress);
        using var rows = new MemoryStream();
        zlib.CopyTo(rows);
        Assert.Equal([0, 1, 2, 3, 0, 4, 5, 6], rows.ToArray());
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        byte[] whole = Convert.FromBase64String((string)Images.First()[1]);
        for (int length = 0; length < whole.Length; length++) Refused(whole[..length], "");
    }

    [Fact]
    public void A_wrong_checksum_is_refused()
    {
        byte[] file = Convert.FromBase64String((string)Images.First()[1]);
        file[18] ^= 1;
        Refused(file, "the checksum of a chunk IHDR is wrong");
    }

    public static TheoryData<string, byte[], string> Lies => new()
    {
        { "no pixels", File(Header(9, 5)), "it has no pixels" },
        { "no header", File(Data(new byte[50])), "its first chunk is no header" },
        { "two headers", File(Header(9, 5), Header(9, 5), Data(new byte[50])), "IHDR is not allowed" },
        { "zero width", File(Header(0, 5), Data(new byte[50])), "its size is 0x5" },
        { "negative", File(Header(-1, 5), Data(new byte[50])), "its size is" },
        { "too large", File(Header(100_000, 100_000), Data(new byte[50])), "at most" },
        { "too few", File(Header(9, 5), Data(new byte[49])), "49 of 50 bytes" },
        { "far too few", File(Header(8000, 8000), Data(new byte[49])), "49 of 64,008,000 bytes" },
        { "too many", File(Header(9, 5), Data(new byte[51])), "more pixels than its header promises" },
        { "unknown filter", File(Header(9, 5), Data([.. Enumerable.Repeat((byte)5, 50)])), "its rows are damaged" },
        { "unknown colour", File(Header(9, 5, colour: 5), Data(new byte[50])), "unknown" },
        { "unknown depth", File(Header(9, 5, depth: 3), Data(new byte[50])), "unknown" },
        { "palette of 16 bits", File(Header(9, 5, depth: 16, colour: 3), Data(new byte[50])), "unknown" },
        { "no palette", File(Header(9, 5, colour: 3), Data(new byte[50])), "it has no palette" },
        { "colour outside the palette", File(Header(9, 5, colour: 3), Chunk("PLTE", [1, 2, 3]), Data([0, .. Enumerable.Repeat((byte)1, 9), .. new byte[40]])),
            "its rows are damaged" },
        { "half a palette", File(Header(9, 5, colour: 3), Chunk("PLTE", [1, 2]), Data(new byte[50])), "PLTE is not allowed" },
        { "transparency of another kind", File(Header(9, 5), Chunk("tRNS", [1]), Data(new byte[50])), "damaged" },
        { "an unknown chunk that matters", File(Header(9, 5), Chunk("WXYZ", []), Data(new byte[50])), "WXYZ is not allowed" },
        { "no zlib", File(Header(9, 5), Chunk("IDAT", [1, 2, 3, 4, 5, 6])), "damaged" },
        { "nothing", [], "it does not begin like one" },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public void Files_that_lie_are_refused(string what, byte[] file, string why)
    {
        Assert.NotEmpty(what);
        Refused(file, why);
    }

    [Fact]
    public void Unknown_chunks_that_do_not_matter_are_passed_over() =>
        Assert.Equal(new byte[45], Png.Decode(File(Header(9, 5), Chunk("tEXt", [1, 2, 3]), Data(new byte[50])), "test").Pixels);

    [Fact]
    public void A_missing_file_is_told() =>
    Assert.Contains("none.png is no image", Assert.Throws<NnException>(() => ImageFile.Load(_folder.File("none.png"))).Message);

    private static byte[] File(params byte[][] chunks) => [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n', .. chunks.SelectMany(c => c), .. Chunk("IEND", [])];

    private static byte[] Header(int width, int height, byte depth = 8, byte colour = 0) =>
        Chunk("IHDR", [.. Big(width), .. Big(height), depth, colour, 0, 0, 0]);

    private static byte[] Data(byte[] rows)
    {
        using var stream = new MemoryStream();
        using (var zlib = new ZLibStream(stream, CompressionLevel.Fastest, leaveOpen: true)) zlib.Write(rows);
        return Chunk("IDAT", stream.ToArray());
    }

    private static byte[] Chunk(string type, byte[] content)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. content];
        return [.. Big(content.Length), .. body, .. Big((int)Checksum(body))];
    }

    private static byte[] Big(int value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    // Bit by bit, as the standard defines it.
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int k = 0; k < 8; k++) crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
        }

        return ~crc;
    }

    private static void Refused(byte[] file, string why)
    {
        NnException e = Assert.Throws<NnException>(() => Png.Decode(file, "test"));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.Contains(why, e.Message);
    }
}
