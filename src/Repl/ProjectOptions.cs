using Nn.Dsl;

namespace Nn.Repl;

/// <summary>Projects as the command line names them.</summary>
internal static class ProjectOptions
{
    extension(Project)
    {
        /// <summary>Reads, unless the text is given, binds and loads; script mistakes end here.</summary>
        public static Project Open(RunOptions options, SourceText? source = null)
        {
            if (options.Project is { } open) return open;
            return Project.Bind(source ?? Project.Read(options.File), options.Bind, spec => Project.Load(spec, options.File, options.Model ?? options.Resume));
        }
    }
}
