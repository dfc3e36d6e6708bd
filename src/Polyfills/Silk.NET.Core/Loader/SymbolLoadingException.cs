namespace Silk.NET.Core.Loader;

/// <summary>A native library lacks an entry point.</summary>
public class SymbolLoadingException(string symbol) : Exception($"the library has no entry point {symbol}");
