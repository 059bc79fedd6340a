import { IsIn, IsInt, IsOptional, IsString, Length } from 'class-validator';

export class StartSessionDto {
  @IsInt()
  agentId: number;

  @IsOptional()
  @IsString()
  @Length(1, 120)
  sessionName?: string;
}

export class RenameSessionDto {
  @IsString()
  @Length(1, 120)
  sessionName: string;
}

export class SessionStatusDto {
  @IsIn(['active', 'archived'])
  status: string;
}

export class SessionSearchDto {
  @IsOptional()
  @IsString()
  @Length(1, 120)
  q?: string;
}
