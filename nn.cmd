@echo off
rem Runs nn; builds it first if it has not been built.
setlocal
set "program=%~dp0src\Repl\bin\Release\net10.0\nn.dll"
if not exist "%program%" (
  dotnet build "%~dp0src\Repl\Repl.csproj" -c Release --nologo -v quiet || exit /b 1
)
dotnet exec "%program%" %*
